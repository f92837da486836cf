// SPDX-License-Identifier: Apache-2.0
//
// PinnedMap: a map by the path of its pin. Whoever is root can have pinned anything by that name, and another version
// something else: its type and sizes are looked at before an element is read. Stays readable when the pin is gone. Any
// thread.
#ifndef VEDETTE_SENSOR_PINNED_MAP_H_
#define VEDETTE_SENSOR_PINNED_MAP_H_

#include <linux/bpf.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "sensor/hook_counts.h"
#include "sensor/owned_fd.h"

namespace vedette {

// Of one element of a per-processor array of 64-bit counters; 0 if there is none.
uint64_t SumOverProcessors(int map, uint32_t index);

// Adds to `counts` what the programs have counted, by the descriptors of vd_works, vd_mute_hits, vd_sent and vd_losses. A map that
// is another than expected adds nothing.
void AddHookCounts(int works, int mute_hits, int sent, int losses, HookCounts& counts);

class PinnedMap {
 public:
  explicit PinnedMap(const std::string& path);  // nothing there: a map of no type

  int fd() const { return fd_.get(); }
  uint32_t type() const { return type_; }
  uint32_t value_size() const { return value_size_; }
  // Elements of an array, or of one per processor, of values of this size; 0: it is no such map.
  uint32_t ArraySize(uint32_t value_size) const { return Elements(/*per_processor=*/false, value_size); }
  uint32_t ProcessorArraySize(uint32_t value_size) const { return Elements(/*per_processor=*/true, value_size); }

  // Whether it is a hash of keys and values of these sizes.
  bool IsHash(uint32_t key_size, uint32_t value_size) const {
    return type_ == BPF_MAP_TYPE_HASH && key_size_ == key_size && value_size_ == value_size;
  }
  // Element `index` of an array whose values may be of another size than `Value`: as much as both have.
  template <typename Value>
  bool Read(uint32_t index, Value& value) const {
    std::vector<char> bytes = Element(index);
    memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof(value)));
    return !bytes.empty();
  }

  // How many elements a hash with keys of this size has, `max` at most; 0: it is no such map.
  template <typename Key>
  size_t CountKeys(size_t max) const {
    Key key{};
    if (type_ != BPF_MAP_TYPE_HASH || key_size_ != sizeof(key)) return 0;
    size_t count = 0;
    while (count < max && NextKey(count == 0 ? nullptr : &key, &key)) ++count;
    return count;
  }

 private:
  bool NextKey(const void* key, void* next) const;
  uint32_t Elements(bool per_processor, uint32_t value_size) const;
  std::vector<char> Element(uint32_t index) const;  // empty: it cannot be read

  const OwnedFd fd_;
  uint32_t type_ = 0, key_size_ = 0, value_size_ = 0, max_entries_ = 0;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_PINNED_MAP_H_
