// SPDX-License-Identifier: Apache-2.0
//
// The bytes are the random numbers of a RuleGenerator: a few rules, on a few events, mean to the compiled evaluator
// what they mean to the plain one.
#include <string>

#include "tests/fuzz/check.h"
#include "tests/unit/engine/evaluator_comparison.h"

namespace vedette {
namespace {

// One byte is enough for what the generator draws; at the end of the input all numbers are 0.
class ByteSource {
 public:
  ByteSource(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  uint64_t operator()() { return at_ < size_ ? data_[at_++] : 0; }

 private:
  const uint8_t* data_;
  size_t size_, at_ = 0;
};

}  // namespace
}  // namespace vedette

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vedette;
  ByteSource bytes(data, size);
  const bool indexed = bytes() % 2 != 0;
  EvaluatorComparison comparison({.rules = 8, .events = 8, .indexed = indexed}, bytes);
  const std::string disagreement = comparison.Run();
  if (!disagreement.empty()) std::fprintf(stderr, "%s\n", disagreement.c_str());
  FUZZ_CHECK(disagreement.empty());
  return 0;
}
