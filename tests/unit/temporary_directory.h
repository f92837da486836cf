// SPDX-License-Identifier: Apache-2.0
//
// TemporaryDirectory: a directory of a test's own, which is gone with all that is in it when the test ends.
#ifndef VEDETTE_TESTS_UNIT_TEMPORARY_DIRECTORY_H_
#define VEDETTE_TESTS_UNIT_TEMPORARY_DIRECTORY_H_

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace vedette {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "vedette-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace vedette
#endif  // VEDETTE_TESTS_UNIT_TEMPORARY_DIRECTORY_H_
