// SPDX-License-Identifier: Apache-2.0
#include "sensor/container_classes.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>

namespace vedette {
namespace {

// One predicate: the container's name is "web".
class NamedWeb : public ContainerPredicates {
 public:
  std::vector<bool> Judge(const Container* container) const override {
    return {container != nullptr && container->name.starts_with(prefix_)};
  }
  explicit NamedWeb(std::string prefix = "web") : prefix_(std::move(prefix)) {}

 private:
  const std::string prefix_;
};
// One class per name.
class ByName : public ContainerPredicates {
 public:
  std::vector<bool> Judge(const Container* container) const override {
    std::vector<bool> out;
    for (char c : container != nullptr ? container->name : "") {
      for (int bit = 0; bit < 8; ++bit) out.push_back((c >> bit & 1) != 0);
    }
    return out;
  }
};

// Two clauses for opens: the first asks whether the container is web's, the second for nothing.
KernelPolicy PolicyOf(std::unique_ptr<const ContainerPredicates> predicates) {
  auto containers = std::make_shared<ContainerPolicy>();
  containers->predicates = std::move(predicates);
  for (uint32_t clause : {0, 1}) vd_set_add(&containers->kinds[VD_KIND_FILE_OPEN].all, clause);
  containers->kinds[VD_KIND_FILE_OPEN].terms = {{0, {{{0}, false, false}}}};
  KernelPolicy policy;
  policy.containers = std::move(containers);
  return policy;
}

class Maps : public ContainerClasses::Kernel {
 public:
  absl::Status PutScalar(const KernelPolicy::ScalarEntry& entry, uint8_t generation) override {
    EXPECT_EQ(entry.table, VD_TABLE_CONTAINER_CLASS);
    EXPECT_EQ(entry.policy, VD_KIND_FILE_OPEN);
    scalars[{generation, entry.value}] = entry.clauses.word[0];
    return absl::OkStatus();
  }
  absl::Status PutContainer(uint64_t cgroup, const vd_container_class& value) override {
    if (containers.size() == room) return absl::InternalError("full");
    containers[cgroup] = value;
    for (uint8_t g : {0, 1}) {  // what is written is of a class that is written
      EXPECT_TRUE(value.of[g] == VD_CLASS_UNKNOWN || scalars.contains({g, value.of[g]}));
    }
    return absl::OkStatus();
  }
  void DropContainer(uint64_t cgroup) override { containers.erase(cgroup); }

  uint64_t ClausesOf(uint64_t cgroup, uint8_t generation) {
    return scalars[{generation, containers.at(cgroup).of[generation]}];
  }
  std::map<std::pair<uint8_t, uint64_t>, uint64_t> scalars;
  std::map<uint64_t, vd_container_class> containers;
  size_t room = 1000;
};

Container Named(std::string name) {
  Container out;
  out.full_id = out.name = std::move(name);
  return out;
}

struct ContainerClassesTest : testing::Test {
  Maps maps;
  std::set<uint64_t> gone;
  ContainerClasses classes{maps, [this](uint64_t cgroup) { return !gone.contains(cgroup); }, 4};

  void Install(KernelPolicy policy, uint8_t generation) {
    const absl::Status status = classes.Begin(policy, generation);
    ASSERT_TRUE(status.ok()) << status;
    classes.Activate(generation);
  }
};

TEST_F(ContainerClassesTest, GivesContainersOfWhichTheSameHoldsOneClass) {
  Install(PolicyOf(std::make_unique<NamedWeb>()), 0);
  EXPECT_EQ(maps.scalars.size(), 1u);  // the host's
  EXPECT_TRUE(classes.Know(Named("web-1"), 10) && classes.Know(Named("web-2"), 11) && classes.Know(Named("db"), 12));
  EXPECT_EQ(maps.containers[10].of[0], maps.containers[11].of[0]);
  EXPECT_EQ(maps.ClausesOf(10, 0), 3u);
  EXPECT_EQ(maps.ClausesOf(12, 0), 2u);
  EXPECT_EQ(maps.containers[12].of[0], 0u);  // as the host: nothing holds
  EXPECT_EQ(maps.containers[10].of[1], VD_CLASS_UNKNOWN);
}

TEST_F(ContainerClassesTest, JudgesWhatItKnowsByANewPolicyBeforeThatDecides) {
  Install(PolicyOf(std::make_unique<NamedWeb>()), 0);
  EXPECT_TRUE(classes.Know(Named("web"), 10));
  ASSERT_TRUE(classes.Begin(PolicyOf(std::make_unique<NamedWeb>("db")), 1).ok());
  EXPECT_EQ(maps.ClausesOf(10, 0), 3u);
  EXPECT_EQ(maps.ClausesOf(10, 1), 2u);
  classes.Activate(1);
  EXPECT_TRUE(classes.Know(Named("db"), 11));
  EXPECT_EQ(maps.ClausesOf(11, 1), 3u);
}

TEST_F(ContainerClassesTest, KeepsTheContainersOfATimeInWhichNobodyAskedForThem) {
  maps.scalars[{0, 0}] = 0;  // no class is written without a question
  Install(KernelPolicy(), 0);
  EXPECT_TRUE(classes.Know(Named("web"), 10));
  Install(PolicyOf(std::make_unique<NamedWeb>()), 1);
  EXPECT_EQ(maps.ClausesOf(10, 1), 3u);
}

TEST_F(ContainerClassesTest, IsBoundedAndForgetsThoseWhoseCgroupIsGone) {
  Install(PolicyOf(std::make_unique<NamedWeb>()), 0);
  for (uint64_t cgroup : {10, 11, 12, 13}) EXPECT_TRUE(classes.Know(Named("web"), cgroup));
  EXPECT_FALSE(classes.Know(Named("web"), 14));
  EXPECT_EQ(classes.refused(), 1u);
  EXPECT_TRUE(classes.Know(Named("web"), 13));  // known already
  gone = {11};
  EXPECT_TRUE(classes.Know(Named("web"), 14));
  EXPECT_FALSE(maps.containers.contains(11));
  gone = {10, 12, 13, 14};
  for (int i = 0; i < 4; ++i) classes.Sweep(1);
  EXPECT_EQ(classes.known(), 0u);
  EXPECT_TRUE(maps.containers.empty());
}

TEST_F(ContainerClassesTest, SaysWhenTheMapHasNoRoom) {
  Install(PolicyOf(std::make_unique<NamedWeb>()), 0);
  maps.room = 0;
  EXPECT_FALSE(classes.Know(Named("web"), 10));
  EXPECT_EQ(classes.known(), 0u);
  EXPECT_EQ(classes.refused(), 1u);
}

TEST_F(ContainerClassesTest, HasABoundedNumberOfClasses) {
  ContainerClasses many(maps, [](uint64_t) { return true; });
  ASSERT_TRUE(many.Begin(PolicyOf(std::make_unique<ByName>()), 0).ok());
  size_t taken = 0;
  for (uint64_t i = 1; i <= 600; ++i) taken += many.Know(Named(std::to_string(i)), i) ? 1 : 0;
  EXPECT_EQ(taken, ContainerClasses::kMaxClasses - 1);  // the host has one
  EXPECT_EQ(many.refused(), 600 - taken);
}

}  // namespace
}  // namespace vedette
