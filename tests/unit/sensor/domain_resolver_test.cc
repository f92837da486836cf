// SPDX-License-Identifier: Apache-2.0
#include "sensor/domain_resolver.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace vedette {
namespace {

using namespace std::chrono_literals;

IpAddress V4(uint8_t last) {
  IpAddress a;
  a.bytes = {192, 0, 2, last};
  return a;
}

// The first news for which `done` holds; null after ten seconds.
template <typename Done>
std::shared_ptr<const DomainNames> WaitFor(DomainResolver& resolver, const Done& done) {
  for (int i = 0; i < 1000; ++i) {
    auto news = resolver.Poll();
    if (news != nullptr && done(*news)) return news;
    std::this_thread::sleep_for(10ms);
  }
  return nullptr;
}

std::string NamesOf(const DomainNames& names, const IpAddress& address) {
  std::string out;
  for (const std::string& name : names.Find(address)) out += name + " ";
  return out;
}

TEST(DomainNames, AnAddressHasAllTheNamesThatResolveToIt) {
  DomainNames names;
  names.Add("a.test", V4(1));
  names.Add("b.test", V4(1));
  names.Add("a.test", V4(1));
  names.Add("b.test", V4(2));
  EXPECT_EQ(NamesOf(names, V4(1)), "a.test b.test ");
  EXPECT_EQ(NamesOf(names, V4(2)), "b.test ");
  EXPECT_TRUE(names.Find(V4(3)).empty());
  IpAddress v6 = V4(1);
  v6.v6 = true;
  EXPECT_TRUE(names.Find(v6).empty());
}

TEST(DomainResolver, SaysWhatNamesResolveToAndNothingTwice) {
  DomainResolver resolver({.resolve = [](const std::string& name) {
    return name == "a.test" ? std::vector{V4(1), V4(2)} : std::vector<IpAddress>{};
  }});
  EXPECT_EQ(resolver.Poll(), nullptr);
  resolver.SetNames({"a.test", "unknown.test"});
  auto names = WaitFor(resolver, [](const DomainNames& n) { return !n.Find(V4(2)).empty(); });
  ASSERT_NE(names, nullptr);
  EXPECT_EQ(NamesOf(*names, V4(1)), "a.test ");
  EXPECT_EQ(resolver.Poll(), nullptr);
}

TEST(DomainResolver, NoticesAChangeAndKeepsTheLastAnswerWhenThereIsNone) {
  std::atomic<int> answer{1};
  DomainResolver resolver({.resolve =
                               [&](const std::string&) {
                                 int last = answer;
                                 return last == 0 ? std::vector<IpAddress>{}
                                                  : std::vector{V4(static_cast<uint8_t>(last))};
                               },
                           .refresh = 5ms});
  resolver.SetNames({"a.test"});
  ASSERT_NE(WaitFor(resolver, [](const DomainNames& n) { return !n.Find(V4(1)).empty(); }), nullptr);
  answer = 0;
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(resolver.Poll(), nullptr);
  answer = 7;
  auto names = WaitFor(resolver, [](const DomainNames& n) { return !n.Find(V4(7)).empty(); });
  ASSERT_NE(names, nullptr);
  EXPECT_TRUE(names->Find(V4(1)).empty());
}

TEST(DomainResolver, ForgetsNamesThatNoRuleHasAnyMoreAndKeepsTheOthers) {
  DomainResolver resolver(
      {.resolve = [](const std::string& name) { return std::vector{V4(name == "a.test" ? 1 : 2)}; }});
  resolver.SetNames({"a.test", "b.test"});
  ASSERT_NE(WaitFor(resolver, [](const DomainNames& n) { return !n.Find(V4(2)).empty(); }), nullptr);
  resolver.SetNames({"b.test"});
  auto names = WaitFor(resolver, [](const DomainNames& n) { return n.Find(V4(1)).empty(); });
  ASSERT_NE(names, nullptr);
  EXPECT_EQ(NamesOf(*names, V4(2)), "b.test ");
  resolver.SetNames({});
  ASSERT_NE(WaitFor(resolver, [](const DomainNames& n) { return n.Find(V4(2)).empty(); }), nullptr);
}

TEST(DomainResolver, NeitherWaitsForAnAnswerNorForItsOwnEnd) {
  struct Gate {
    std::mutex mutex;
    std::condition_variable changed;
    bool entered = false, open = false, left = false;
  };
  auto gate = std::make_shared<Gate>();
  const auto begin = std::chrono::steady_clock::now();
  {
    DomainResolver resolver({.resolve = [gate](const std::string&) {
      std::unique_lock lock(gate->mutex);
      gate->entered = true;
      gate->changed.notify_all();
      gate->changed.wait(lock, [&] { return gate->open; });
      gate->left = true;
      gate->changed.notify_all();
      return std::vector{V4(1)};
    }});
    resolver.SetNames({"slow.test"});
    {
      std::unique_lock lock(gate->mutex);
      ASSERT_TRUE(gate->changed.wait_for(lock, 10s, [&] { return gate->entered; }));
    }
    resolver.SetNames({"slow.test", "other.test"});
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  std::unique_lock lock(gate->mutex);
  gate->open = true;
  gate->changed.notify_all();
  EXPECT_TRUE(gate->changed.wait_for(lock, 10s, [&] { return gate->left; }));
}

TEST(DomainResolver, BoundsNames) {
  std::atomic<int> asked{0};
  DomainResolver resolver({.resolve = [&](const std::string&) {
    ++asked;
    return std::vector{V4(1)};
  }});
  std::vector<std::string> names;
  for (int i = 0; i < 3000; ++i) names.push_back("n" + std::to_string(i) + ".test");
  names.insert(names.begin(), {"", std::string(300, 'x')});
  resolver.SetNames(names);
  auto found =
      WaitFor(resolver, [](const DomainNames& n) { return n.Find(V4(1)).size() == DomainResolver::kMaxNames; });
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(asked, static_cast<int>(DomainResolver::kMaxNames));
}

TEST(DomainResolver, BoundsAddressesOfAName) {
  auto nth = [](size_t i) {
    IpAddress a;
    a.bytes = {192, 0, static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i)};
    return a;
  };
  DomainResolver resolver({.resolve = [&](const std::string&) {
    std::vector<IpAddress> out;
    for (size_t i = 0; i < 2 * DomainResolver::kMaxAddresses; ++i) out.push_back(nth(i));
    return out;
  }});
  resolver.SetNames({"a.test"});
  auto found = WaitFor(resolver, [&](const DomainNames& n) { return !n.Find(nth(0)).empty(); });
  ASSERT_NE(found, nullptr);
  EXPECT_FALSE(found->Find(nth(DomainResolver::kMaxAddresses - 1)).empty());
  EXPECT_TRUE(found->Find(nth(DomainResolver::kMaxAddresses)).empty());
}

TEST(DomainResolver, AsksTheSystemByDefault) {
  DomainResolver resolver;
  resolver.SetNames({"localhost"});
  IpAddress loopback;
  loopback.bytes = {127, 0, 0, 1};
  IpAddress loopback6;
  loopback6.v6 = true;
  loopback6.bytes[15] = 1;
  EXPECT_NE(
      WaitFor(resolver, [&](const DomainNames& n) { return !n.Find(loopback).empty() || !n.Find(loopback6).empty(); }),
      nullptr);
}

}  // namespace
}  // namespace vedette
