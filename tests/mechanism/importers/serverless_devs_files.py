"""Serverless Devs files of the kinds that teams publish, in our own words."""

CPU = """\
edition: 3.0.0
name: shop
access: default
vars:
  region: cn-shanghai
resources:
  checkout:
    component: fc3
    props:
      region: ${vars.region}
      functionName: checkout-${env('STAGE', 'dev')}
      description: answers visitors
      runtime: custom-container
      cpu: 1
      memorySize: 2048
      diskSize: 512
      timeout: 60
      instanceConcurrency: 4
      logConfig: auto
      customContainerConfig:
        image: registry-vpc.${vars.region}.aliyuncs.com/shop/checkout:1.4
        port: 9001
        entrypoint: [python3]
        command: [-m, shop, 8]
"""

GPU = """\
edition: 3.0.0
name: paint
resources:
  sketch:
    component: fc3
    props:
      region: cn-hangzhou
      functionName: sketch
      runtime: custom-container
      cpu: 8
      memorySize: 65536
      diskSize: 10240
      timeout: 600
      instanceConcurrency: 20
      gpuConfig:
        gpuType: fc.gpu.ada.1
        gpuMemorySize: 49152
      customContainerConfig:
        image: art-registry-vpc.cn-hangzhou.cr.aliyuncs.com/models/sketch:7
        port: 7860
      provisionConfig:
        target: 2
        alwaysAllocateGPU: false
"""

A10 = """\
edition: 3.0.0
name: faces
resources:
  faces:
    component: fc3
    props:
      region: cn-hangzhou
      functionName: faces
      runtime: custom-container
      cpu: 8
      memorySize: 32768
      timeout: 1800
      gpuConfig:
        gpuType: fc.gpu.ampere.1
        gpuMemorySize: 24576
      instanceLifecycleConfig:
        initializer:
          handler: /initialize
          timeout: 300
      nasConfig: auto
      vpcConfig: auto
      customContainerConfig:
        image: registry.cn-hangzhou.aliyuncs.com/gallery/faces:2
        port: 8000
"""

PLACEHOLDERS = """\
edition: 3.0.0
name: {{ application }}
resources:
  web:
    component: fc3
    props:
      region: {{ region }}
      functionName: "start-{{ functionName }}"
      runtime: custom-container
      cpu: 0.5
      memorySize: 512
      customContainerConfig:
        image: registry.{{ region }}.aliyuncs.com/demo/web:{{ tag }}
        port: 9000
"""

FC_T4 = """\
edition: 1.0.0
name: chat
services:
  chat:
    component: fc
    props:
      region: cn-hangzhou
      service:
        name: chat-service
        role: acs:ram::1234:role/fc-default
        logConfig: auto
      function:
        name: chat
        runtime: custom-container
        instanceType: g1
        gpuMemorySize: 16384
        cpu: 8
        memorySize: 32768
        diskSize: 10240
        timeout: 600
        caPort: 7860
        initializationTimeout: 300
        customContainerConfig:
          image: registry.cn-hangzhou.aliyuncs.com/talk/chat:v2
          command: '["python", "app.py"]'
          args: '["--port", "7860"]'
          accelerationType: Default
      triggers:
        - name: http
          type: http
"""

FC_SLICES = """\
edition: 1.0.0
name: training
services:
  train:
    component: devsapp/fc
    props:
      region: cn-shanghai
      service: {name: training}
      function:
        name: train
        runtime: custom-container
        instanceType: fc.gpu.ampere.1
        gpuMemorySize: 17408
        cpu: 5
        memorySize: 10240
        timeout: 3600
        customContainerConfig:
          image: registry.cn-shanghai.aliyuncs.com/net/train:1
          webServerMode: false
  label:
    component: devsapp/fc
    props:
      region: cn-shanghai
      service: {name: training}
      function:
        name: label
        runtime: custom-container
        instanceType: fc.gpu.tesla.1
        gpuMemorySize: 4096
        cpu: 2
        memorySize: 8192
        timeout: 600
        customContainerConfig:
          image: registry.cn-shanghai.aliyuncs.com/net/label:1
"""

FC_CPU = """\
edition: 1.0.0
name: serving
services:
  tensors:
    component: fc
    props:
      region: cn-hangzhou
      service: {name: serving}
      function:
        name: tensors
        runtime: custom-container
        caPort: 8501
        memorySize: 3072
        timeout: 30
        instanceConcurrency: 10
        customContainerConfig:
          image: {FC_DEMO_IMAGE}
  spring:
    component: fc
    props:
      region: cn-hangzhou
      service: {name: serving}
      function:
        name: spring
        runtime: custom-container
        caPort: 8080
        memorySize: 1024
        timeout: 30
        customContainerConfig:
          image: {FC_DEMO_IMAGE}
          Command: '["java", "-jar", "app.jar"]'
"""

SCALING = """\
edition: 3.0.0
name: elastic
resources:
  api:
    component: fc3@0.1.2
    props:
      region: cn-hangzhou
      functionName: api
      runtime: custom-container
      cpu: 2
      memorySize: 4096
      timeout: 30
      customContainerConfig: {image: registry-vpc.cn-hangzhou.aliyuncs.com/a/api:1}
      concurrencyConfig: {reservedConcurrency: 50}
      scalingConfig:
        minInstances: 3
        horizontalScalingPolicies:
          - name: busy
            metricType: ProvisionedConcurrencyUtilization
            metricTarget: 0.6
            minInstances: 3
            maxInstances: 40
        scheduledPolicies:
          - name: noon
            target: 20
            scheduleExpression: cron(0 0 12 * * *)
"""

SCHEDULE = """\
edition: 3.0.0
name: nightly
resources:
  api:
    component: fc3
    props:
      region: cn-hangzhou
      functionName: api
      runtime: custom-container
      cpu: 1
      memorySize: 1024
      timeout: 30
      customContainerConfig: {image: registry-vpc.cn-hangzhou.aliyuncs.com/a/api:1}
      provisionConfig:
        defaultTarget: 1
        alwaysAllocateCPU: false
        scheduledActions:
          - name: evening
            target: 10
            startTime: 2026-11-01T00:00:00Z
            endTime: 2026-12-01T00:00:00Z
            scheduleExpression: cron(0 0 20 * * *)
            timeZone: Asia/Shanghai
        targetTrackingPolicies:
          - {name: cpu, metricType: CPUUtilization, metricTarget: 0.7, maxCapacity: 9}
"""

COMPLETE = """\
edition: 3.0.0
name: complete
access: default
vars: {image: app-registry-vpc.cn-beijing.cr.aliyuncs.com/team/all:9}
resources:
  all:
    component: fc3
    actions: {pre-deploy: [{run: make}]}
    props:
      region: cn-beijing
      functionName: all
      description: every key
      runtime: custom-container
      handler: index.handler
      role: acs:ram::1234:role/puller
      cpu: 2
      memorySize: 4096
      diskSize: 10240
      timeout: 120
      instanceConcurrency: 10
      internetAccess: true
      instanceIsolationMode: SHARE
      sessionAffinity: NONE
      enableLongLiving: false
      environmentVariables: {TOKEN: abc, LEVEL: debug}
      tags: [{key: team, value: shop}]
      layers: [acs:fc:cn-beijing:1:layers/x]
      customContainerConfig:
        image: ${vars.image}
        port: 8080
        entrypoint: [/bin/sh]
        command: [run.sh]
        acrInstanceId: cri-1
        accelerationType: Default
        healthCheckConfig:
          httpGetUrl: /health
          initialDelaySeconds: 3
          periodSeconds: 5
        registryConfig:
          authConfig: {userName: robot, password: hunter2}
      instanceLifecycleConfig:
        initializer: {command: [/bin/warm], timeout: 20}
        preStop: {handler: /pre-stop, timeout: 30}
      provisionConfig: {defaultTarget: 2, alwaysAllocateCPU: true}
      scalingConfig: {minInstances: 4, residentPoolId: pool-1}
      concurrencyConfig: {reservedConcurrency: 100}
      asyncInvokeConfig:
        maxAsyncEventAgeInSeconds: 3600
        maxAsyncRetryAttempts: 2
        asyncTask: true
        destinationConfig: {onFailure: {destination: acs:mns:cn-beijing:1:/queues/lost/messages}}
      vpcConfig: {vpcId: vpc-1, securityGroupId: sg-1, vSwitchIds: [vsw-1]}
      nasConfig: {userId: 1, groupId: 1, mountPoints: [{serverAddr: "nas:/", mountDir: /mnt/a}]}
      ossMountConfig: {mountPoints: [{bucketName: b, mountDir: /mnt/b}]}
      logConfig: {project: p, logstore: l, enableRequestMetrics: true, enableInstanceMetrics: true}
      triggers:
        - triggerName: web
          triggerType: http
          triggerConfig: {authType: anonymous, methods: [GET, POST]}
  bucket:
    component: oss
    props: {region: cn-beijing, bucketName: b}
  script:
    component: fc3
    props: {region: cn-beijing, functionName: script, runtime: python3.10, handler: index.main}
"""
