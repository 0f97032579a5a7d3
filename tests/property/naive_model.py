"""A deliberately naive model: one SimPy process a request, no cleverness, no shared code.

One function, instances that start in a fixed time, keep-alive, an instance maximum, a time-out,
processor sharing and the four ranked dispatch policies. It exists to have a second opinion.
"""

import simpy


class NaiveInstance:
    def __init__(self, env, number):
        self.env = env
        self.number = number
        self.ready = env.event()
        self.running = []
        self.bound = 0
        self.used = 0
        self.idle_since = None
        self.gone = False
        self.change = env.event()

    def changed(self):
        self.change.succeed()
        self.change = self.env.event()


class NaiveModel:
    def __init__(self, *, start, keep_alive, most, concurrency, cpu, vcpu, limit, policy):
        self.env = simpy.Environment()
        self.start, self.keep_alive, self.most = start, keep_alive, most
        self.concurrency, self.cpu, self.vcpu, self.limit = concurrency, cpu, vcpu, limit
        self.policy = policy
        self.instances = []
        self.uses = 0
        self.rows = {}

    def run(self, requests):
        for k, (time, work) in enumerate(requests):
            self.env.process(self.request(k, time, work))
        self.env.run()
        return [self.rows[k] for k in range(len(requests))]

    def use(self, instance):
        self.uses += 1
        instance.used = self.uses

    def request(self, k, arrival, work):
        yield self.env.timeout(arrival)
        kind, instance = self.dispatch()
        if instance is None:
            self.rows[k] = ("refused", -1, None, arrival)
            return
        if kind != "warm":
            instance.bound += 1
            yield instance.ready
            instance.bound -= 1
        started = self.env.now
        instance.running.append(k)
        instance.idle_since = None
        self.use(instance)
        instance.changed()
        done = yield self.env.process(self.serve(instance, work, started + self.limit))
        instance.running.remove(k)
        self.use(instance)
        instance.changed()
        if not instance.running:
            instance.idle_since = self.env.now
            self.env.process(self.expire(instance, self.env.now))
        outcome = kind if done else f"{kind}, timed out"
        self.rows[k] = (outcome, instance.number, started, self.env.now)

    def serve(self, instance, work, deadline):
        while True:
            demand = len(instance.running) * self.vcpu
            rate = 1.0 if demand <= self.cpu else self.cpu / demand
            began = self.env.now
            end = self.env.timeout(work / rate)
            late = self.env.timeout(deadline - began)
            yield end | late | instance.change
            if end.processed:
                return True
            if late.processed:
                return False
            work = max(0.0, work - (self.env.now - began) * rate)

    def dispatch(self):
        alive = [i for i in self.instances if not i.gone]
        free = [i for i in alive if i.ready.processed and len(i.running) < self.concurrency]
        if free:
            rank = {
                "newest_created": lambda i: -i.number,
                "most_recently_used": lambda i: (-i.used, i.number),
                "least_recently_used": lambda i: (i.used, i.number),
                "least_loaded": lambda i: (len(i.running), i.number),
            }[self.policy]
            return "warm", min(free, key=rank)
        for instance in alive:
            if not instance.ready.triggered and instance.bound < self.concurrency:
                return "waited", instance
        if len(alive) < self.most:
            instance = NaiveInstance(self.env, len(self.instances))
            self.instances.append(instance)
            self.env.process(self.bring_up(instance))
            return "cold", instance
        return "refused", None

    def bring_up(self, instance):
        yield self.env.timeout(self.start)
        instance.ready.succeed()

    def expire(self, instance, since):
        yield self.env.timeout(self.keep_alive)
        if instance.idle_since == since:
            instance.gone = True
