// SPDX-License-Identifier: Apache-2.0
//
// Unpreempted: while it lives, no ordinary thread takes the processor from its own. For calls on maps: while one is
// under way the kernel runs no kprobe.multi program on that processor (bpf_prog_active), so on kernels that preempt
// kernel code (bpf/lib/guard.h) whoever took our place in the middle of one would fork, exec and exit unseen. Best
// effort: a thread that may not have a real-time policy stays as it is.
#ifndef VEDETTE_SENSOR_UNPREEMPTED_H_
#define VEDETTE_SENSOR_UNPREEMPTED_H_

namespace vedette {

class Unpreempted {
 public:
  Unpreempted();
  ~Unpreempted();
  Unpreempted(const Unpreempted&) = delete;
  Unpreempted& operator=(const Unpreempted&) = delete;

 private:
  bool changed_ = false;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_UNPREEMPTED_H_
