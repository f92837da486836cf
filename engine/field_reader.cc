// SPDX-License-Identifier: Apache-2.0
#include "engine/field_reader.h"

#include <algorithm>
#include <string_view>

#include "engine/getopt.h"
#include "engine/transform.h"

namespace vedette {
namespace {

// Text that grows in the scratch space of `out`; what does not fit is cut, and overflowed() says so.
class TextBuilder {
 public:
  explicit TextBuilder(Values& out) : out_(out) {}
  void Append(std::string_view s) {
    std::span<char> room = out_.Scratch(s.size());
    std::copy_n(s.data(), room.size(), room.data());
    if (begin_ == nullptr) begin_ = room.data();
    size_ += room.size();
  }
  void Finish() { out_.Add(Value::String({begin_ == nullptr ? "" : begin_, size_})); }

 private:
  Values& out_;
  const char* begin_ = nullptr;
  size_t size_ = 0;
};

std::string_view TextOf(const Values& values) { return values.empty() ? std::string_view() : values[0].string(); }

}  // namespace

void FieldReader::AddBuffer() {
  buffers_.push_back(std::make_unique_for_overwrite<Values>());
  made_ = buffers_.size();
}

const Values& FieldReader::Make(const FieldRef& ref, const Event& event) {
  Values& source = Source(ref, event);
  if (ref.transformers.empty()) return source;
  Values& transformed = Next();
  ApplyTransformers(ref, source, transformed);
  return transformed;
}

Values& FieldReader::Source(const FieldRef& ref, const Event& event) {
  Values& out = Next();
  if (ref.call == nullptr) {
    Extract(*ref.field, ref.arg, event, out);
    return out;
  }
  out.Clear();
  switch (ref.call->function) {
    case FieldCall::Function::kJoin:
      Join(*ref.call, event, out);
      break;
    case FieldCall::Function::kConcat:
      Concat(*ref.call, event, out);
      break;
    case FieldCall::Function::kGetopt:
      Getopt(*ref.call, event, out);
      break;
    case FieldCall::Function::kList:
      List(*ref.call, event, out);
      break;
    case FieldCall::Function::kText:
      out.Add(Value::String(ref.call->text));
      break;
  }
  return out;
}

void FieldReader::List(const FieldCall& call, const Event& event, Values& out) {
  for (const FieldRef& argument : call.arguments) {
    const Values& value = Read(argument, event);
    if (value.empty()) return out.Clear();
    out.Add(value[0]);
  }
}

void FieldReader::Join(const FieldCall& call, const Event& event, Values& out) {
  const Values& separator = Read(call.arguments[0], event);
  const Values& list = Read(call.arguments[1], event);
  if (separator.empty() || list.empty()) return;
  TextBuilder text(out);
  for (const Value& v : list) {
    if (&v != list.begin()) text.Append(TextOf(separator));
    text.Append(v.string());
  }
  text.Finish();
}

void FieldReader::Concat(const FieldCall& call, const Event& event, Values& out) {
  TextBuilder text(out);
  for (const FieldRef& argument : call.arguments) {
    const Values& value = Read(argument, event);
    if (value.empty()) return out.Clear();
    text.Append(TextOf(value));
  }
  text.Finish();
}

void FieldReader::Getopt(const FieldCall& call, const Event& event, Values& out) {
  const Values& arguments = Read(call.arguments[0], event);
  const Values& options = Read(call.arguments[1], event);
  if (!arguments.empty() && !options.empty()) ScanOptions(arguments, TextOf(options), call.option, out);
}

}  // namespace vedette
