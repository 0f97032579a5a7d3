"""What the files of ``serverless_devs_files`` become: scenario, and kind and place of remarks."""

CPU = """\
fcsim: 1
name: shop
horizon: 1 h
platform: {preset: page, region: cn-shanghai}
registries:
  personal: {edition: personal, endpoint: vpc, region: cn-shanghai}
images:
  checkout: {registry: personal, compressed: 250 MB}
functions:
  checkout-dev:
    image: checkout
    cpu: 1
    memory_size: 2048 MB
    disk_size: 512 MB
    timeout: 60 s
    instance_concurrency: 4
    custom_container_config:
      port: 9001
      entrypoint: [python3]
      command: [-m, shop, '8']
    service:
      time: {exponential: 100 ms}
workload:
  checkout-dev:
    function: checkout-dev
    arrivals: {poisson: 1/s}
"""

CPU_REMARKS = """\
note: ${env('STAGE', 'dev')}
assumed: functions.checkout-dev.role
not modelled: resources.checkout.props.description
not modelled: resources.checkout.props.logConfig
assumed: registries.personal
assumed: images.checkout
assumed: workload.checkout-dev.arrivals
assumed: functions.checkout-dev.service.time
"""

GPU = """\
fcsim: 1
name: paint
horizon: 1 h
platform: {preset: page, region: cn-hangzhou}
registries:
  art: {edition: enterprise-standard, endpoint: vpc, region: cn-hangzhou}
images:
  sketch: {registry: art, compressed: 4 GB}
functions:
  sketch:
    image: sketch
    cpu: 8
    memory_size: 65536 MB
    disk_size: 10240 MB
    timeout: 600 s
    instance_concurrency: 20
    custom_container_config: {port: 7860}
    scaling_config: {min_instances: 2, always_allocate_gpu: false}
    gpu_config: {gpu_type: fc.gpu.ada.1, gpu_memory_size: 49152 MB}
    service:
      time: {exponential: 2 s}
workload:
  sketch:
    function: sketch
    arrivals: {poisson: 1/s}
"""

GPU_REMARKS = """\
assumed: functions.sketch.role
assumed: registries.art
assumed: images.sketch
assumed: workload.sketch.arrivals
assumed: functions.sketch.service.time
"""

A10 = """\
fcsim: 1
name: faces
horizon: 1 h
platform: {preset: fc-2024-08, region: cn-hangzhou}
registries:
  personal: {edition: personal, endpoint: public, region: cn-hangzhou}
images:
  faces: {registry: personal, compressed: 4 GB}
functions:
  faces:
    image: faces
    cpu: 8
    memory_size: 32768 MB
    timeout: 1800 s
    custom_container_config: {port: 8000}
    instance_lifecycle_config:
      initializer: {time: 1 s, timeout: 300 s}
    gpu_config: {gpu_type: fc.gpu.ampere.1, gpu_memory_size: 24576 MB}
    service:
      time: {exponential: 2 s}
workload:
  faces:
    function: faces
    arrivals: {poisson: 1/s}
"""

A10_REMARKS = """\
assumed: resources.faces.props
assumed: functions.faces.role
assumed: functions.faces.mount_time
not modelled: resources.faces.props.nasConfig
not modelled: resources.faces.props.vpcConfig
assumed: registries.personal
assumed: images.faces
assumed: workload.faces.arrivals
assumed: functions.faces.service.time
assumed: platform.preset
"""

PLACEHOLDERS = """\
fcsim: 1
name: s
horizon: 1 h
platform: {preset: page, region: cn-hangzhou}
registries:
  personal: {edition: personal, endpoint: public}
images:
  web: {registry: personal, compressed: 250 MB}
functions:
  web:
    image: web
    cpu: 0.5
    memory_size: 512 MB
    custom_container_config: {port: 9000}
    service:
      time: {exponential: 100 ms}
workload:
  web:
    function: web
    arrivals: {poisson: 1/s}
"""

PLACEHOLDERS_REMARKS = """\
assumed: functions.web.role
unresolved: resources.web.props.region
unresolved: resources.web.props.functionName
unresolved: resources.web.props.customContainerConfig.image
assumed: registries.personal
assumed: images.web
assumed: workload.web.arrivals
assumed: functions.web.service.time
assumed: platform.region
"""

FC_T4 = """\
fcsim: 1
name: chat
horizon: 1 h
platform: {preset: page, region: cn-hangzhou}
registries:
  personal: {edition: personal, endpoint: public, region: cn-hangzhou}
images:
  chat: {registry: personal, compressed: 4 GB}
functions:
  chat:
    image: chat
    cpu: 8
    memory_size: 32768 MB
    disk_size: 10240 MB
    timeout: 600 s
    custom_container_config:
      port: 7860
      entrypoint: [python, app.py]
      command: [--port, '7860']
    pull: accelerated
    gpu_config: {gpu_type: fc.gpu.tesla.1, gpu_memory_size: 16384 MB}
    service:
      time: {exponential: 2 s}
workload:
  chat:
    function: chat
    arrivals: {poisson: 1/s}
"""

FC_T4_REMARKS = """\
note: services.chat.props.function.instanceType
not modelled: services.chat.props
assumed: functions.chat.role
not modelled: services.chat.props.service.logConfig
not modelled: services.chat.props.triggers
assumed: registries.personal
assumed: images.chat
assumed: workload.chat.arrivals
assumed: functions.chat.service.time
"""

FC_SLICES = """\
fcsim: 1
name: training
horizon: 1 h
platform: {preset: fc-2024-08, region: cn-shanghai}
registries:
  personal: {edition: personal, endpoint: public, region: cn-shanghai}
images:
  train: {registry: personal, compressed: 4 GB, interactive: false}
  label: {registry: personal, compressed: 4 GB}
functions:
  train:
    image: train
    cpu: 5
    memory_size: 10240 MB
    timeout: 3600 s
    gpu_config: {gpu_type: fc.gpu.ampere.1, gpu_memory_size: 17408 MB}
    service:
      time: {exponential: 2 s}
  label:
    image: label
    cpu: 2
    memory_size: 8192 MB
    timeout: 600 s
    gpu_config: {gpu_type: fc.gpu.tesla.1, gpu_memory_size: 4096 MB}
    service:
      time: {exponential: 2 s}
workload:
  train:
    function: train
    arrivals: {poisson: 1/s}
  label:
    function: label
    arrivals: {poisson: 1/s}
"""

FC_SLICES_REMARKS = """\
assumed: functions.train.role
assumed: functions.label.role
assumed: registries.personal
assumed: images.train
assumed: images.label
assumed: workload.train.arrivals
assumed: workload.label.arrivals
assumed: functions.train.service.time
assumed: functions.label.service.time
assumed: platform.preset
"""

FC_CPU = """\
fcsim: 1
name: serving
horizon: 1 h
platform: {preset: page, region: cn-hangzhou}
registries:
  registry: {edition: enterprise-standard}
images:
  tensors: {registry: registry, compressed: 250 MB}
functions:
  tensors:
    image: tensors
    cpu: 1.5
    memory_size: 3072 MB
    timeout: 30 s
    instance_concurrency: 10
    custom_container_config: {port: 8501}
    service:
      time: {exponential: 100 ms}
  spring:
    image: tensors
    cpu: 0.5
    memory_size: 1024 MB
    timeout: 30 s
    custom_container_config:
      port: 8080
      entrypoint: [java, -jar, app.jar]
    service:
      time: {exponential: 100 ms}
workload:
  tensors:
    function: tensors
    arrivals: {poisson: 1/s}
  spring:
    function: spring
    arrivals: {poisson: 1/s}
"""

FC_CPU_REMARKS = """\
assumed: functions.tensors.role
assumed: functions.tensors.cpu
unresolved: services.tensors.props.function.customContainerConfig.image
assumed: functions.spring.role
assumed: functions.spring.cpu
unresolved: services.spring.props.function.customContainerConfig.image
assumed: registries.registry
assumed: images.tensors
assumed: workload.tensors.arrivals
assumed: workload.spring.arrivals
assumed: functions.tensors.service.time
assumed: functions.spring.service.time
"""

SCALING = """\
fcsim: 1
name: elastic
horizon: 1 h
platform: {preset: page, region: cn-hangzhou}
registries:
  personal: {edition: personal, endpoint: vpc, region: cn-hangzhou}
images:
  api: {registry: personal, compressed: 250 MB}
functions:
  api:
    image: api
    cpu: 2
    memory_size: 4096 MB
    timeout: 30 s
    scaling_config:
      min_instances: 3
      scheduled_policies:
      - {name: noon, target: 20, schedule_expression: cron(0 0 12 * * *)}
      horizontal_scaling_policies:
      - {name: busy, metric_type: ProvisionedConcurrencyUtilization, metric_target: 0.6, min_instances: 3,
        max_instances: 40}
    concurrency_config: {reserved_concurrency: 50}
    service:
      time: {exponential: 100 ms}
workload:
  api:
    function: api
    arrivals: {poisson: 1/s}
"""

SCALING_REMARKS = """\
assumed: functions.api.role
assumed: registries.personal
assumed: images.api
assumed: workload.api.arrivals
assumed: functions.api.service.time
"""

SCHEDULE = """\
fcsim: 1
name: nightly
horizon: 1 h
platform: {preset: page, region: cn-hangzhou}
registries:
  personal: {edition: personal, endpoint: vpc, region: cn-hangzhou}
images:
  api: {registry: personal, compressed: 250 MB}
functions:
  api:
    image: api
    cpu: 1
    memory_size: 1024 MB
    timeout: 30 s
    scaling_config:
      min_instances: 1
      scheduled_policies:
      - {name: evening, target: 10, start_time: '2026-11-01T00:00:00Z', end_time: '2026-12-01T00:00:00Z',
        schedule_expression: cron(0 0 20 * * *), time_zone: Asia/Shanghai}
      horizontal_scaling_policies:
      - {name: cpu, metric_type: CPUUtilization, metric_target: 0.7, max_instances: 9}
      always_allocate_cpu: false
    service:
      time: {exponential: 100 ms}
      vcpu: 1.0
workload:
  api:
    function: api
    arrivals: {poisson: 1/s}
"""

SCHEDULE_REMARKS = """\
assumed: functions.api.role
assumed: registries.personal
assumed: images.api
assumed: workload.api.arrivals
assumed: functions.api.service.time
assumed: functions.api.service.vcpu
"""

COMPLETE = """\
fcsim: 1
name: complete
horizon: 1 h
platform: {preset: page, region: cn-beijing}
registries:
  app: {edition: enterprise-standard, endpoint: vpc, region: cn-beijing}
images:
  all: {registry: app, compressed: 250 MB}
functions:
  all:
    image: all
    cpu: 2
    memory_size: 4096 MB
    disk_size: 10240 MB
    timeout: 120 s
    instance_concurrency: 10
    custom_container_config:
      port: 8080
      entrypoint: [/bin/sh]
      command: [run.sh]
      health_check_config: {initial_delay_seconds: 3, period_seconds: 5, http_get_url: /health}
    instance_lifecycle_config:
      initializer: {time: 1 s, timeout: 20 s}
      pre_stop: {time: 1 s, timeout: 30 s}
    scaling_config: {min_instances: 4, always_allocate_cpu: true}
    concurrency_config: {reserved_concurrency: 100}
    async_invoke_config:
      max_async_event_age_in_seconds: 3600 s
      max_async_retry_attempts: 2
      destination_config:
        on_failure: {destination: 'acs:mns:cn-beijing:1:/queues/lost/messages'}
    service:
      time: {exponential: 100 ms}
workload:
  all:
    function: all
    arrivals: {poisson: 1/s}
"""

COMPLETE_REMARKS = """\
not modelled: resources.all.actions
not modelled: resources.bucket
assumed: resources.all.props
assumed: resources.all.props
assumed: functions.all.role
assumed: functions.all.mount_time
not modelled: resources.all.props.description
not modelled: resources.all.props.handler
not modelled: resources.all.props.internetAccess
not modelled: resources.all.props.instanceIsolationMode
not modelled: resources.all.props.sessionAffinity
not modelled: resources.all.props.enableLongLiving
not modelled: resources.all.props.environmentVariables
not modelled: resources.all.props.tags
not modelled: resources.all.props.layers
not modelled: resources.all.props.customContainerConfig.acrInstanceId
not modelled: resources.all.props.customContainerConfig.accelerationType
not modelled: resources.all.props.customContainerConfig.registryConfig
not modelled: resources.all.props.provisionConfig.defaultTarget
not modelled: resources.all.props.scalingConfig.residentPoolId
not modelled: resources.all.props.asyncInvokeConfig.asyncTask
not modelled: resources.all.props.vpcConfig
not modelled: resources.all.props.nasConfig
not modelled: resources.all.props.ossMountConfig
not modelled: resources.all.props.logConfig
not modelled: resources.all.props.triggers
not modelled: resources.script.props
assumed: registries.app
assumed: images.all
assumed: workload.all.arrivals
assumed: functions.all.service.time
"""
