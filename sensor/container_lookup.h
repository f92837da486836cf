// SPDX-License-Identifier: Apache-2.0
//
// ContainerLookup: fetches container metadata on a thread of its own. The files may lie on a slow or hung file
// system (a network mount, a FUSE daemon in the very container), so the event thread never opens them: it asks,
// goes on, and collects answers between batches. The first events of a container may therefore lack its
// name and image; its id is known from the first.
//
// Owned by the ContainerTable; Ask() and Collect() are the event thread's. Both queues are bounded; what does not fit
// is counted.
#ifndef VEDETTE_SENSOR_CONTAINER_LOOKUP_H_
#define VEDETTE_SENSOR_CONTAINER_LOOKUP_H_

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "sensor/event/process.h"

namespace vedette {

class ContainerLookup {
 public:
  // Fills what it finds about container.full_id; false if nothing. Runs on the worker. Container::known of an answer
  // says whether everything could be read.
  using Load = std::function<bool(Container& container)>;

  explicit ContainerLookup(Load load, size_t max_queued = 256);
  ~ContainerLookup();

  bool Ask(const Container& container);  // false: the queue is full
  std::vector<Container> Collect();      // what was found since the last call
  size_t waiting() const;                // questions that are not answered yet, the one at work included
  uint64_t dropped() const;

 private:
  void Work(std::stop_token stop);

  const Load load_;
  const size_t max_queued_;
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::vector<Container> questions_;
  std::vector<Container> answers_;
  uint64_t dropped_ = 0;
  bool at_work_ = false;
  std::jthread worker_;  // last: ends before what it uses
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_CONTAINER_LOOKUP_H_
