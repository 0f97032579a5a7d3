/* The limit: one function, newest created first, as a tight loop with its own random numbers.

   Poisson arrivals, exponential service, fixed cold start, fixed keep-alive, one request an
   instance. Keeps what the KPIs need: counts, time averages, peak, and a histogram of latencies
   with a relative error below 0.1 % (the top bits of the double are its bin). */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1 << 20, BINS = 1 << 21, MANTISSA = 10 };

typedef struct { double time; int id; } Event;
typedef struct { Event *at; int size; } Heap;

static uint64_t word[4];

static uint64_t rotate(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

static uint64_t next(void) { /* xoshiro256++ */
    uint64_t result = rotate(word[0] + word[3], 23) + word[0], t = word[1] << 17;
    word[2] ^= word[0]; word[3] ^= word[1]; word[1] ^= word[2]; word[0] ^= word[3];
    word[2] ^= t;
    word[3] = rotate(word[3], 45);
    return result;
}

static void seed(uint64_t x) { /* splitmix64 */
    for (int i = 0; i < 4; i++) {
        uint64_t z = (x += 0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        word[i] = z ^ (z >> 31);
    }
}

static double exponential(double mean) {
    return -mean * log(((next() >> 11) + 1) * 0x1.0p-53);
}

static void push(Heap *heap, Event event) {
    int i = heap->size++;
    for (; i && heap->at[(i - 1) / 2].time > event.time; i = (i - 1) / 2)
        heap->at[i] = heap->at[(i - 1) / 2];
    heap->at[i] = event;
}

static Event pop(Heap *heap) {
    Event top = heap->at[0], last = heap->at[--heap->size];
    int i = 0, child;
    while ((child = 2 * i + 1) < heap->size) {
        if (child + 1 < heap->size && heap->at[child + 1].time < heap->at[child].time) child++;
        if (heap->at[child].time >= last.time) break;
        heap->at[i] = heap->at[child];
        i = child;
    }
    heap->at[i] = last;
    return top;
}

static double quantile(const uint32_t *count, double total, double q) {
    double below = 0;
    for (int64_t bin = 0; bin < BINS; bin++)
        if ((below += count[bin]) > q * total) {
            uint64_t bits = ((uint64_t)bin << (52 - MANTISSA)) | (1ULL << (51 - MANTISSA));
            double value;
            memcpy(&value, &bits, sizeof value);
            return value;
        }
    return NAN;
}

/* out: requests, cold, mean instances, mean busy, peak, latency mean, p50, p99. */
int simulate(uint64_t key, double rate, double mean, double cold_start, double keep_alive,
             double horizon, double *out) {
    Heap busy = {malloc(MOST * sizeof(Event)), 0};   /* completions */
    Heap room = {malloc(MOST * sizeof(Event)), 0};   /* idle instances, least "time" = -id */
    Heap expiry = {malloc(MOST * sizeof(Event)), 0}; /* one entry an instance, lazily renewed */
    double *idle_since = malloc(MOST * sizeof(double));
    char *dead = calloc(MOST, 1);
    uint32_t *count = calloc(BINS, sizeof(uint32_t));
    double requests = 0, latencies = 0, life = 0, working = 0;
    int cold = 0, alive = 0, peak = 0;
    seed(key);
    for (double now = exponential(1 / rate); now < horizon; now += exponential(1 / rate)) {
        while (busy.size && busy.at[0].time <= now) {
            Event done = pop(&busy);
            idle_since[done.id] = done.time;
            push(&room, (Event){-done.id, done.id});
        }
        while (expiry.size && expiry.at[0].time <= now) {
            Event due = pop(&expiry);
            double end = idle_since[due.id] + keep_alive; /* +inf while it works */
            if (end > now) {
                push(&expiry, (Event){isinf(end) ? now + keep_alive : end, due.id});
            } else {
                dead[due.id] = 1;
                alive--;
                life += end;
            }
        }
        while (room.size && dead[room.at[0].id]) pop(&room);
        double latency = exponential(mean);
        int id;
        if (room.size) {
            id = pop(&room).id;
            working += fmin(now + latency, horizon) - now;
        } else {
            if (cold == MOST) return 1;
            id = cold++;
            life -= now;
            if (++alive > peak) peak = alive;
            working += fmax(fmin(now + cold_start + latency, horizon) - now - cold_start, 0);
            latency += cold_start;
            push(&expiry, (Event){now + latency + keep_alive, id});
        }
        idle_since[id] = INFINITY;
        push(&busy, (Event){now + latency, id});
        requests++;
        latencies += latency;
        uint64_t bits;
        memcpy(&bits, &latency, sizeof bits);
        count[bits >> (52 - MANTISSA)]++;
    }
    /* At the horizon: idle instances may have run out since the last arrival. */
    while (busy.size && busy.at[0].time <= horizon) {
        Event done = pop(&busy);
        idle_since[done.id] = done.time;
    }
    for (int id = 0; id < cold; id++)
        if (!dead[id]) life += fmin(idle_since[id] + keep_alive, horizon);
    double result[] = {requests, cold, life / horizon, working / horizon, peak,
                       latencies / requests, quantile(count, requests, 0.5),
                       quantile(count, requests, 0.99)};
    memcpy(out, result, sizeof result);
    free(busy.at); free(room.at); free(expiry.at); free(idle_since); free(dead); free(count);
    return 0;
}
