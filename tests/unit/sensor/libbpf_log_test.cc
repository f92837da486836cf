// SPDX-License-Identifier: Apache-2.0
#include "sensor/libbpf_log.h"

#include <gtest/gtest.h>

#include <string>

namespace vedette {
namespace {

TEST(LibbpfLog, FindsTheRefusedProgramAndTheVerifiersLastWords) {
  LibbpfLog log({});
  log.Add("libbpf: prog 'vd_file_open': BPF program load failed: Permission denied\n");
  log.Add(
      "libbpf: prog 'vd_file_open': -- BEGIN PROG LOAD LOG --\n0: (79) r1 = *(u64 *)(r1 +0)\n1: (85) call 113\n"
      "R1 unbounded memory access\nprocessed 7027 insns (limit 1000000)\n-- END PROG LOAD LOG --\n");
  log.Add("libbpf: prog 'vd_file_open': failed to load: -13\n");
  EXPECT_EQ(log.RefusedProgram(), "vd_file_open");
  EXPECT_EQ(log.Reason(), "0: (79) r1 = *(u64 *)(r1 +0) | 1: (85) call 113 | R1 unbounded memory access");
}

TEST(LibbpfLog, GivesLibbpfsLastWordsWhereTheVerifierIsSilent) {
  LibbpfLog log({});
  EXPECT_EQ(log.Reason(), "no reason given");
  log.Add("libbpf: failed to find kernel BTF type ID of 'x': -3\n");
  EXPECT_EQ(log.RefusedProgram(), "");
  EXPECT_EQ(log.Reason(), "libbpf: failed to find kernel BTF type ID of 'x': -3");
}

TEST(LibbpfLog, PassesLinesOnAndStaysBounded) {
  size_t lines = 0;
  LibbpfLog log([&](std::string_view) { ++lines; });
  for (int i = 0; i < 10'000; ++i) log.Add("one line\nanother line\n");
  EXPECT_EQ(lines, 20'000u);
  EXPECT_LT(log.Reason().size(), 1000u);
}

}  // namespace
}  // namespace vedette
