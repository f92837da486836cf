// SPDX-License-Identifier: Apache-2.0
//
// FieldReader: the value(s) of a FieldRef for an event — extracted, or made by join(), concat() and getopt() of other
// fields, then transformed. NULL stays NULL, and what has NULL among its arguments is NULL. The values live in buffers
// of the reader, which are reused in the order of reading, so the same few stay in cache. Owned by an evaluator or an
// output; one thread. Allocates only while the number of buffers that one event needed still grows.
#ifndef VEDETTE_ENGINE_FIELD_READER_H_
#define VEDETTE_ENGINE_FIELD_READER_H_

#include <memory>
#include <vector>

#include "rules/rule_set.h"
#include "sensor/event/event.h"
#include "sensor/event/field.h"
#include "sensor/event/value.h"

namespace vedette {

class FieldReader {
 public:
  // What was read before is void.
  void Reset() { used_ = 0; }
  // Valid until Reset(), as long as the event is.
  const Values& Read(const FieldRef& ref, const Event& event) {
    if (ref.call != nullptr || !ref.transformers.empty()) return Make(ref, event);
    Values& out = Next();
    Extract(*ref.field, ref.arg, event, out);
    return out;
  }
  // The same of a field that is plain (no function, no transformer) and of an event that is not synthetic.
  const Values& ReadPlain(Extractor extract, const FieldArg& arg, const Event& event) {
    Values& out = Next();
    out.Clear();
    extract(event, arg, out);
    return out;
  }

 private:
  Values& Next() {
    if (used_ == made_) AddBuffer();
    return *buffers_[used_++];
  }
  void AddBuffer();
  const Values& Make(const FieldRef& ref, const Event& event);
  Values& Source(const FieldRef& ref, const Event& event);
  void List(const FieldCall& call, const Event& event, Values& out);
  void Join(const FieldCall& call, const Event& event, Values& out);
  void Concat(const FieldCall& call, const Event& event, Values& out);
  void Getopt(const FieldCall& call, const Event& event, Values& out);

  std::vector<std::unique_ptr<Values>> buffers_;
  size_t made_ = 0;  // buffers_.size()
  size_t used_ = 0;
};

}  // namespace vedette
#endif  // VEDETTE_ENGINE_FIELD_READER_H_
