// SPDX-License-Identifier: Apache-2.0
//
// OwnedFd: a file descriptor that is closed with its owner; -1: none.
#ifndef VEDETTE_SENSOR_OWNED_FD_H_
#define VEDETTE_SENSOR_OWNED_FD_H_

#include <unistd.h>

#include <utility>

namespace vedette {

class OwnedFd {
 public:
  explicit OwnedFd(int fd = -1) : fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~OwnedFd() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

}  // namespace vedette
#endif  // VEDETTE_SENSOR_OWNED_FD_H_
