// One step of stochastic gradient descent with momentum (op.SgdUpdateOp), in one pass over memory.

struct SgdStep {
  float momentum, weight_decay;
  float own, ahead;  // shares of gradient and velocity in the step: 0 and 1, Nesterov's 1 and µ

  void apply(int64_t from, int64_t to, const float* w, const float* g, const float* v, float rate,
             float factor, float* new_w, float* new_v) const {
#pragma GCC ivdep
    for (int64_t i = from; i < to; i++) {
      float gradient = g[i] * factor + weight_decay * w[i];
      float velocity = momentum * v[i] + gradient;
      new_w[i] = w[i] - rate * (own * gradient + ahead * velocity);
      new_v[i] = velocity;
    }
  }
};

// Outputs may lie where the inputs that they replace do. A gradient factor of 0 leaves the step out;
// the address 0 stands for 1.
inline void sgd_update(int64_t count, const float* w, const float* g, const float* v,
                       const float* rate, const float* factor, float* new_w, float* new_v,
                       float momentum, float weight_decay, bool nesterov) {
  SgdStep step{momentum, weight_decay, nesterov ? 1.f : 0.f, nesterov ? momentum : 1.f};
  float scale = factor == nullptr ? 1 : *factor;
  parallel(count, 5 * sizeof(float), [&](int64_t from, int64_t to) {
    if (scale == 0) {
      std::memmove(new_w + from, w + from, (to - from) * sizeof(float));
      std::memmove(new_v + from, v + from, (to - from) * sizeof(float));
    } else {
      step.apply(from, to, w, g, v, *rate, scale, new_w, new_v);
    }
  });
}
