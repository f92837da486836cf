// SPDX-License-Identifier: Apache-2.0
#include "sensor/domain_resolver.h"

#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

namespace vedette {
namespace {

// RFC 1035: longer ones cannot resolve.
constexpr size_t kMaxNameLength = 253;
using Clock = std::chrono::steady_clock;
constexpr auto kPublishEvery = std::chrono::milliseconds(500);
constexpr auto kPatience = std::chrono::milliseconds(200);

bool AddressOf(const addrinfo& info, IpAddress& out) {
  if (info.ai_family == AF_INET) {
    memcpy(out.bytes.data(), &reinterpret_cast<const sockaddr_in*>(info.ai_addr)->sin_addr, 4);
    return true;
  }
  if (info.ai_family != AF_INET6) return false;
  out.v6 = true;
  memcpy(out.bytes.data(), &reinterpret_cast<const sockaddr_in6*>(info.ai_addr)->sin6_addr, 16);
  return true;
}

std::vector<IpAddress> GetAddresses(const std::string& name) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;  // each address once
  addrinfo* list = nullptr;
  std::vector<IpAddress> out;
  if (getaddrinfo(name.c_str(), nullptr, &hints, &list) != 0) return out;
  for (const addrinfo* info = list; info != nullptr; info = info->ai_next) {
    IpAddress address;
    if (AddressOf(*info, address)) out.push_back(address);
  }
  freeaddrinfo(list);
  return out;
}

// Of a set of names: who is no longer in it is forgotten.
using Answers = std::map<std::string, std::vector<IpAddress>, std::less<>>;

std::shared_ptr<const DomainNames> NamesOf(const Answers& answers) {
  auto out = std::make_shared<DomainNames>();
  for (const auto& [name, addresses] : answers) {
    for (const IpAddress& address : addresses) out->Add(name, address);
  }
  return out;
}

}  // namespace

struct DomainResolver::State {
  explicit State(Options o) : options(std::move(o)) {}

  const Options options;
  std::mutex mutex;
  std::condition_variable wake;
  std::vector<std::string> names;
  uint64_t generation = 0;  // of `names`
  std::shared_ptr<const DomainNames> news;
  bool running = false, stop = false;

  static void Work(const std::shared_ptr<State>& state);
  void Publish(std::shared_ptr<const DomainNames> made, uint64_t asked);
  void Pass(const std::vector<std::string>& asked_names, uint64_t asked, Answers& answers);
  bool Answer(const std::string& name, Answers& answers);
  bool IsStale(uint64_t asked);
};

// Resolves one name; true if that changes what is known.
bool DomainResolver::State::Answer(const std::string& name, Answers& answers) {
  std::vector<IpAddress> found = options.resolve(name);
  // Name servers give the same addresses in ever another order.
  std::sort(found.begin(), found.end(), DomainNames::Less());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  found.resize(std::min(found.size(), kMaxAddresses));
  if (found.empty()) return false;  // the last addresses stay
  std::vector<IpAddress>& known = answers[name];
  if (known == found) return false;
  known = std::move(found);
  return true;
}

bool DomainResolver::State::IsStale(uint64_t asked) {
  std::lock_guard lock(mutex);
  return stop || asked != generation;
}

// Every name once. What is known so far is published now and then: a name may take half a minute.
void DomainResolver::State::Pass(const std::vector<std::string>& asked_names, uint64_t asked, Answers& answers) {
  bool changed = false;
  auto published = Clock::now() - kPublishEvery;
  for (const std::string& name : asked_names) {
    if (IsStale(asked)) return;
    changed |= Answer(name, answers);
    if (!changed || Clock::now() - published < kPublishEvery) continue;
    Publish(NamesOf(answers), asked);
    changed = false;
    published = Clock::now();
  }
  if (changed) Publish(NamesOf(answers), asked);
}

void DomainResolver::State::Publish(std::shared_ptr<const DomainNames> made, uint64_t asked) {
  std::lock_guard lock(mutex);
  if (asked == generation) news = std::move(made);
}

void DomainResolver::State::Work(const std::shared_ptr<State>& state) {
  Answers answers;
  uint64_t seen = 0;
  std::unique_lock lock(state->mutex);
  while (!state->stop) {
    const std::vector<std::string> names = state->names;
    const uint64_t asked = state->generation;
    lock.unlock();
    std::erase_if(answers,
                  [&](const auto& a) { return std::find(names.begin(), names.end(), a.first) == names.end(); });
    if (std::exchange(seen, asked) != asked) state->Publish(NamesOf(answers), asked);
    state->Pass(names, asked, answers);
    lock.lock();
    state->wake.wait_for(lock, state->options.refresh, [&] { return state->stop || asked != state->generation; });
  }
  state->running = false;
  state->wake.notify_all();
}

DomainResolver::DomainResolver() : DomainResolver(Options{}) {}

DomainResolver::DomainResolver(Options options)
    : state_([&] {
        if (!options.resolve) options.resolve = GetAddresses;
        return std::make_shared<State>(std::move(options));
      }()) {}

DomainResolver::~DomainResolver() {
  std::unique_lock lock(state_->mutex);
  state_->stop = true;
  state_->wake.notify_all();
  state_->wake.wait_for(lock, kPatience, [&] { return !state_->running; });
}

void DomainResolver::SetNames(std::vector<std::string> names) {
  std::erase_if(names, [](const std::string& n) { return n.empty() || n.size() > kMaxNameLength; });
  if (names.size() > kMaxNames) names.resize(kMaxNames);
  std::lock_guard lock(state_->mutex);
  state_->names = std::move(names);
  ++state_->generation;
  state_->wake.notify_all();
  if (state_->running || state_->names.empty()) return;
  state_->running = true;
  // Signals are the main thread's business.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  // Detached: getaddrinfo(3) can take half a minute to give up, and nothing ends it before.
  std::thread([state = state_] { State::Work(state); }).detach();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

std::shared_ptr<const DomainNames> DomainResolver::Poll() {
  std::lock_guard lock(state_->mutex);
  return std::exchange(state_->news, nullptr);
}

}  // namespace vedette
