// SPDX-License-Identifier: Apache-2.0
//
// DomainResolver: what the names in the rules (fd.sip.name = example.com) resolve to, kept up to date on a thread of
// its own: a name server may be slow or gone, so neither loading nor an event waits for it. Until a name has resolved,
// no address belongs to it; a name that resolves no more keeps its last addresses. Owned by the source; its methods are
// the event thread's. Everything is bounded: names, addresses of a name, the age of an answer.
#ifndef VEDETTE_SENSOR_DOMAIN_RESOLVER_H_
#define VEDETTE_SENSOR_DOMAIN_RESOLVER_H_

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sensor/event/domain_names.h"

namespace vedette {

class DomainResolver {
 public:
  static constexpr size_t kMaxNames = 1024;
  static constexpr size_t kMaxAddresses = 256;  // of one name

  // The addresses of a name; none if it does not resolve. Runs on the worker; may block.
  using Resolve = std::function<std::vector<IpAddress>(const std::string& name)>;
  struct Options {
    Resolve resolve = {};  // empty: getaddrinfo(3)
    std::chrono::milliseconds refresh{60'000};
  };

  DomainResolver();
  explicit DomainResolver(Options options);
  ~DomainResolver();  // does not wait for an answer that is under way
  DomainResolver(const DomainResolver&) = delete;
  DomainResolver& operator=(const DomainResolver&) = delete;

  // Resolves these from now on, the first kMaxNames of them.
  void SetNames(std::vector<std::string> names);
  // What they resolve to, when that has changed since the last call; else null.
  std::shared_ptr<const DomainNames> Poll();

 private:
  struct State;
  const std::shared_ptr<State> state_;  // shared with the worker, which may outlive this
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_DOMAIN_RESOLVER_H_
