// SPDX-License-Identifier: Apache-2.0
//
// ControlServer: the agent's end of cli/control_protocol.h: a socket for root of the host only. A thread of its own reads and
// writes, one connection at a time; handlers run on the event thread, in Serve(). Owned by the run command.
#ifndef VEDETTE_CLI_CONTROL_SERVER_H_
#define VEDETTE_CLI_CONTROL_SERVER_H_

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "cli/control_protocol.h"
#include "outputs/fd_io.h"

namespace vedette {

class ControlServer {
 public:
  // What to answer to a request; an error is an answer, too.
  using Handler = std::function<absl::StatusOr<std::string>(const nlohmann::json& request, const ControlPeer& peer)>;

  // Makes the socket, 0600, and its directory, 0700, if that is not there. AlreadyExists: another agent listens there.
  static absl::StatusOr<std::unique_ptr<ControlServer>> Open(const std::string& socket,
                                                             std::map<std::string, Handler> handlers);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  // Answers what has been asked. Event thread; costs a lock when nothing has.
  void Serve();

 private:
  struct Question;
  ControlServer(std::string socket, std::map<std::string, Handler> handlers, UniqueFd listener);
  void Run();
  void Answer(const UniqueFd& connection);
  absl::StatusOr<std::string> Ask(const std::string& line, const ControlPeer& peer);

  const std::string socket_;
  const std::map<std::string, Handler> handlers_;
  UniqueFd listener_;
  Canceller canceller_;
  std::mutex mutex_;
  std::condition_variable answered_;
  Question* question_ = nullptr;  // guarded; of the thread that waits for its answer
  bool ended_ = false;            // guarded
  std::thread thread_;
};

}  // namespace vedette
#endif  // VEDETTE_CLI_CONTROL_SERVER_H_
