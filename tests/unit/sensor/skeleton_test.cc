// SPDX-License-Identifier: Apache-2.0
//
// The BPF object and the list of its programs agree. Opens the object; loads nothing, needs no privileges.
#include "sensor/skeleton.h"

#include <bpf/libbpf.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "sensor/program_plan.h"

namespace vedette {
namespace {

TEST(Skeleton, HoldsExactlyThePrograms) {
  std::unique_ptr<vedette_bpf, void (*)(vedette_bpf*)> skeleton(vedette_bpf__open(), vedette_bpf__destroy);
  ASSERT_NE(skeleton, nullptr);
  std::set<std::string> in_object, in_list;
  bpf_program* program;
  bpf_object__for_each_program(program, skeleton->obj) in_object.insert(bpf_program__name(program));
  for (const ProgramInfo& info : AllPrograms()) in_list.emplace(info.name);
#define VD_PROBE(program, probe, function) in_list.emplace(#probe);
#include "bpf/abi/probes.def"
#undef VD_PROBE
  in_list.emplace(VD_RESULT_PROBE);
  EXPECT_EQ(in_object, in_list);
}

}  // namespace
}  // namespace vedette
