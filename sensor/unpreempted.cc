// SPDX-License-Identifier: Apache-2.0
#include "sensor/unpreempted.h"

#include <sched.h>

namespace vedette {

Unpreempted::Unpreempted() {
  const sched_param lowest{.sched_priority = sched_get_priority_min(SCHED_FIFO)};
  // One that has a policy of its own keeps it, nested ones the outermost one's.
  changed_ = sched_getscheduler(0) == SCHED_OTHER && sched_setscheduler(0, SCHED_FIFO, &lowest) == 0;
}

Unpreempted::~Unpreempted() {
  const sched_param none{.sched_priority = 0};
  if (changed_) sched_setscheduler(0, SCHED_OTHER, &none);
}

}  // namespace vedette
