// SPDX-License-Identifier: Apache-2.0
#include "outputs/alert_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/outputs/alerts.h"

namespace vedette {
namespace {

using testing::ElementsAre;

AlertQueue::Item Item(int number, Priority priority = Priority::kNotice) {
  return std::make_shared<const Alert>(NumberedAlert(number, priority));
}

std::vector<std::string> Outputs(const std::deque<AlertQueue::Item>& items) {
  std::vector<std::string> out;
  for (const auto& item : items) out.push_back(item->output);
  return out;
}

std::vector<std::string> Drain(AlertQueue& queue) {
  std::vector<std::string> out;
  while (auto item = queue.Pop()) out.push_back(item->output);
  return out;
}

TEST(AlertQueue, GivesOutWhatCameFirstWhateverThePriority) {
  AlertQueue queue(8, 1 << 20);
  queue.Push(Item(1, Priority::kDebug));
  queue.Push(Item(2, Priority::kEmergency));
  queue.Push(Item(3, Priority::kDebug));
  EXPECT_THAT(Drain(queue), ElementsAre("1", "2", "3"));
}

TEST(AlertQueue, WhenFullRefusesTheNewestOfItsKind) {
  AlertQueue queue(2, 1 << 20);
  queue.Push(Item(1));
  queue.Push(Item(2));
  EXPECT_THAT(Outputs(queue.Push(Item(3))), ElementsAre("3"));
  EXPECT_THAT(Drain(queue), ElementsAre("1", "2"));
}

TEST(AlertQueue, AFloodOfNoticesPushesOutNoCriticalAlert) {
  AlertQueue queue(3, 1 << 20);
  for (int i = 1; i <= 3; ++i) queue.Push(Item(i, Priority::kNotice));
  EXPECT_THAT(Outputs(queue.Push(Item(4, Priority::kCritical))), ElementsAre("3"));
  EXPECT_THAT(Outputs(queue.Push(Item(5, Priority::kNotice))), ElementsAre("5"));
  EXPECT_THAT(Drain(queue), ElementsAre("1", "2", "4"));
}

TEST(AlertQueue, IsBoundedInBytesToo) {
  Alert large = NumberedAlert(1, Priority::kDebug);
  large.output.assign(10'000, 'x');
  AlertQueue queue(1000, 15'000);
  EXPECT_TRUE(queue.Push(std::make_shared<const Alert>(large)).empty());
  EXPECT_EQ(queue.Push(std::make_shared<const Alert>(large)).size(), 1u);
  EXPECT_TRUE(queue.half_full());
  large.priority = Priority::kAlert;
  EXPECT_EQ(queue.Push(std::make_shared<const Alert>(large)).size(), 1u);
  EXPECT_EQ(queue.size(), 1u);
}

TEST(AlertQueue, AnAlertLargerThanTheBoundIsRefused) {
  Alert large = NumberedAlert(1);
  large.output.assign(10'000, 'x');
  AlertQueue queue(10, 5'000);
  EXPECT_EQ(queue.Push(std::make_shared<const Alert>(large)).size(), 1u);
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace vedette
