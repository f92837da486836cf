// SPDX-License-Identifier: Apache-2.0
//
// The compiled evaluator specialises, reorders, shares, remembers and indexes. PlainEvaluator does nothing of that:
// both have to agree, on a million pairs of a random rule and a random event. A failure prints the seed of its round,
// the condition and the event; VEDETTE_DIFFERENTIAL_SEED=N repeats that round alone.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>
#include <string>

#include "tests/unit/engine/evaluator_comparison.h"

namespace vedette {
namespace {

constexpr size_t kWholeRun = 1'000'000;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr size_t kPairs = 50'000;  // ten to twenty times slower there
#else
constexpr size_t kPairs = kWholeRun;
#endif

EvaluatorComparison::Size SizeOf(uint64_t seed) {
  return {.rules = seed % 5 == 0 ? size_t{8} : size_t{100}, .events = 60, .indexed = seed % 3 == 0};
}

// The number of pairs; 0 after a disagreement.
size_t Round(uint64_t seed, std::map<std::string, EvaluatorComparison::Answers>& answers) {
  const EvaluatorComparison::Size size = SizeOf(seed);
  EvaluatorComparison comparison(size, std::mt19937_64(seed));
  const std::string disagreement = comparison.Run();
  EXPECT_EQ(disagreement, "") << "seed " << seed;
  for (const auto& [of, answer] : comparison.answers()) {
    answers[of].yes += answer.yes;
    answers[of].no += answer.no;
  }
  return disagreement.empty() ? size.rules * size.events : 0;
}

TEST(Differential, TheCompiledEvaluatorAgreesWithThePlainOne) {
  std::map<std::string, EvaluatorComparison::Answers> answers;
  if (const char* seed = std::getenv("VEDETTE_DIFFERENTIAL_SEED")) {
    Round(std::strtoull(seed, nullptr, 10), answers);
    return;
  }
  size_t pairs = 0;
  for (uint64_t seed = 1; pairs < kPairs; ++seed) {
    const size_t done = Round(seed, answers);
    ASSERT_GT(done, 0u);
    pairs += done;
  }
  if (pairs < kWholeRun) return;  // too few for everything to come up
  // 19 operators less the two for buffers, which no field has; on the right; transformers; modifiers; types.
  EXPECT_EQ(answers.size(), 47u);
  for (const auto& [of, answer] : answers) {
    EXPECT_GT(answer.yes, 0u) << of;
    EXPECT_GT(answer.no, 0u) << of;
  }
}

}  // namespace
}  // namespace vedette
