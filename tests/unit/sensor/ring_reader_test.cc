// SPDX-License-Identifier: Apache-2.0
//
// A memfd laid out as the kernel lays a ring out stands for the map.
#include "sensor/ring_reader.h"

#include <gtest/gtest.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

namespace vedette {
namespace {

constexpr uint32_t kSize = 4096;

class RingReaderTest : public ::testing::Test {
 protected:
  RingReaderTest() {
    page_ = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    fd_ = memfd_create("ring", MFD_CLOEXEC);
    EXPECT_EQ(ftruncate(fd_, static_cast<off_t>(2 * page_ + kSize)), 0);
    memory_ = static_cast<char*>(mmap(nullptr, 2 * page_ + kSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0));
    reader_ = *RingReader::Open(fd_, kSize, [this](std::span<const std::byte> record) {
      EXPECT_EQ(reinterpret_cast<uintptr_t>(record.data()) % 8, 0u);
      seen_.emplace_back(reinterpret_cast<const char*>(record.data()), record.size());
    });
  }
  ~RingReaderTest() override {
    munmap(memory_, 2 * page_ + kSize);
    close(fd_);
  }
  uint64_t& producer() { return *reinterpret_cast<uint64_t*>(memory_ + page_); }
  uint64_t consumer() const { return *reinterpret_cast<uint64_t*>(memory_); }
  uint32_t& Word(uint64_t position) {
    return *reinterpret_cast<uint32_t*>(memory_ + 2 * page_ + (position & (kSize - 1)));
  }
  uint64_t Put(const std::string& text, uint32_t flags = 0) {
    uint64_t at = producer();
    Word(at) = static_cast<uint32_t>(text.size()) | flags;
    for (size_t i = 0; i < text.size(); ++i) memory_[2 * page_ + ((at + 8 + i) & (kSize - 1))] = text[i];
    producer() = at + (text.size() + 8 + 7) / 8 * 8;
    return at;
  }
  size_t page_;
  int fd_;
  char* memory_;
  std::unique_ptr<RingReader> reader_;
  std::vector<std::string> seen_;
};

TEST_F(RingReaderTest, HandsOnRecordsInBatches) {
  Put("one");
  Put("two, longer");
  Put("three");
  EXPECT_EQ(reader_->Read(2), 2u);
  EXPECT_EQ(seen_, (std::vector<std::string>{"one", "two, longer"}));
  EXPECT_EQ(reader_->Read(2), 1u);
  EXPECT_EQ(reader_->Read(2), 0u);
  EXPECT_EQ(consumer(), producer());
}

TEST_F(RingReaderTest, WaitsForARecordThatIsBeingWrittenAndSkipsTheDiscarded) {
  Put("dropped", BPF_RINGBUF_DISCARD_BIT);
  uint64_t busy = Put("busy", BPF_RINGBUF_BUSY_BIT);
  Put("after");
  EXPECT_EQ(reader_->Read(10), 0u);
  Word(busy) &= ~BPF_RINGBUF_BUSY_BIT;
  EXPECT_EQ(reader_->Read(10), 2u);
  EXPECT_EQ(seen_, (std::vector<std::string>{"busy", "after"}));
}

TEST_F(RingReaderTest, UnwrapsTheRecordAtTheEnd) {
  for (int i = 0; i < 100; ++i) {
    std::string text(600 + i, static_cast<char>('a' + i % 26));
    text += "end";
    Put(text);
    ASSERT_EQ(reader_->Read(10), 1u);
    ASSERT_EQ(seen_.back(), text) << i;
  }
}

}  // namespace
}  // namespace vedette
