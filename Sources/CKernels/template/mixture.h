// Negative log-likelihood of a mixture of Gaussians, WIDTH lanes at a time.
#define MAX_COMPONENTS 32

// What one vector of lanes needs to know of a component.
typedef struct {
  vec logit, joint;   // a and a + log density
  vec deviation;      // q = (u - mean) / scale
  vec precision;      // 1 / scale
  vec slope;          // d scale / d log scale, over scale; 0 where the log scale is clamped
} component;

INLINE component mixture_component(const float *head, long step, long k, vec u, vec centre, vec unit,
                                   float floor) {
  const vec l = load(head + 2 * step + k), limited = clamp(l, -8.0f, 4.0f);
  const vec spread = vector_exp(limited);
  component c;
  c.logit = load(head + k);
  c.precision = 1.0f / (unit * (spread + floor));
  c.deviation = (u - centre - unit * load(head + step + k)) * c.precision;
  c.slope = choose(l == limited, unit * spread * c.precision, (vec){});
  c.joint = c.logit - 0.5f * (c.deviation * c.deviation) + vector_log(c.precision);
  return c;
}

INLINE vec maximum(vec a, vec b) { return choose(a > b, a, b); }

static void mixture_nll(long components, long anchored, float unit, float floor, long steps, long lanes,
                        const float *head, long head_stride, const float *u, long u_stride,
                        const float *centre, long c_stride, const float *weight, long w_stride,
                        float *loss, float *dhead) {
  component parts[MAX_COMPONENTS];
  const long block = components * lanes;
  for (long b = 0; b < lanes; b += WIDTH) {
    vec total = load(loss + b);
    for (long t = 0; t < steps; t++) {
      const float *a = head + t * head_stride + b;
      const vec target = load(u + t * u_stride + b), w = load(weight + t * w_stride + b);
      const vec from = centre ? load(centre + t * c_stride + b) : (vec){};
      vec top = splat(-__builtin_inff()), top_joint = top;
      for (long k = 0; k < components; k++) {
        parts[k] = k < anchored
                       ? mixture_component(a, block, k * lanes, target, from, splat(unit), floor)
                       : mixture_component(a, block, k * lanes, target, (vec){}, splat(1), floor);
        top = maximum(top, parts[k].logit);
        top_joint = maximum(top_joint, parts[k].joint);
      }
      vec prior = {}, joint = {};
      for (long k = 0; k < components; k++) {
        prior += vector_exp(parts[k].logit - top);
        joint += vector_exp(parts[k].joint - top_joint);
      }
      const vec nll = (top - top_joint) + vector_log(prior / joint) + 0.918938533f;  // log(2 pi) / 2
      const ints on = w != splat(0);
      const vec zero = {};
      total += choose(on, w * nll, zero);
      if (!dhead) continue;
      float *d = dhead + t * head_stride + b;
      const vec w_prior = w / prior, w_joint = w / joint;
      for (long k = 0; k < components; k++) {
        const component c = parts[k];
        const vec posterior = vector_exp(c.joint - top_joint) * w_joint;
        const vec share = vector_exp(c.logit - top) * w_prior;
        const vec pull = posterior * c.deviation;
        const vec scale = k < anchored ? splat(unit) : splat(1);
        store(d + k * lanes, choose(on, share - posterior, zero));
        store(d + block + k * lanes, choose(on, -pull * c.precision * scale, zero));
        store(d + 2 * block + k * lanes,
              choose(on, (posterior - pull * c.deviation) * c.slope, zero));
      }
    }
    store(loss + b, total);
  }
}
