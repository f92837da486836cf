// SPDX-License-Identifier: Apache-2.0
#include "sensor/event/decoder.h"

#include <memory>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "sensor/event/event_arg.h"
#include "sensor/event/field.h"
#include "tests/unit/event/record_builder.h"

namespace vedette {
namespace {

struct alignas(8) Buffer {
  std::byte data[VD_MAX_RECORD] = {};
  vd_header& header() { return *reinterpret_cast<vd_header*>(data); }
};

// Zeroes of a kind's size: a record that says nothing, and is valid.
std::unique_ptr<Buffer> Empty(EventKind kind) {
  auto buffer = std::make_unique<Buffer>();
  buffer->header().kind = static_cast<uint16_t>(kind);
  buffer->header().size = Info(kind).fixed_size;
  return buffer;
}

DecodeError Check(std::span<const std::byte> bytes) {
  const vd_header* header = nullptr;
  DecodeError error = Decode(bytes, header);
  EXPECT_EQ(header != nullptr, error == DecodeError::kNone);
  return error;
}
DecodeError Check(const Buffer& buffer) {
  return Check({buffer.data, reinterpret_cast<const vd_header*>(buffer.data)->size});
}

// Reads everything that can be read of an event.
void ExtractAll(const vd_header* header, const Process* process) {
  Event event;
  event.header = header;
  event.process = process;
  event.type = TypeOf(*header);
  auto values = std::make_unique<Values>();
  size_t bytes = 0;
  auto read = [&](const Field& field, const FieldArg& arg) {
    Extract(field, arg, event, *values);
    for (const Value& v : *values) {
      if (v.kind() == Value::Kind::kString) {
        for (char c : v.string()) bytes += static_cast<unsigned char>(c);
      }
    }
  };
  for (const Field& field : AllFields()) read(field, {});
  const Field& arg_field = *FindField("evt.arg").field;
  for (const EventArg& arg : AllEventArgs()) read(arg_field, FieldArg{true, 0, std::string(arg.name)});
  EXPECT_NE(bytes, 0u);
}

TEST(Decoder, TakesAnEmptyRecordOfEveryKind) {
  for (const EventKindInfo& info : AllEventKinds()) {
    auto buffer = Empty(info.kind);
    EXPECT_EQ(Check(*buffer), DecodeError::kNone) << info.name;
    ExtractAll(&buffer->header(), nullptr);
  }
}

TEST(Decoder, RefusesWhatIsShorterThanAHeader) {
  Buffer buffer;
  for (size_t n = 0; n < sizeof(vd_header); ++n) {
    EXPECT_EQ(Check(std::span<const std::byte>(buffer.data, n)), DecodeError::kTooShort);
  }
  EXPECT_EQ(Check(std::span<const std::byte>()), DecodeError::kTooShort);
}

TEST(Decoder, RefusesMisalignedMemory) {
  Buffer buffer;
  EXPECT_EQ(Check(std::span<const std::byte>(buffer.data + 4, 256)), DecodeError::kMisaligned);
}

TEST(Decoder, RefusesAnUnknownKind) {
  auto buffer = Empty(VD_KIND_EXIT);
  for (int kind : {0, static_cast<int>(VD_KIND_COUNT), 0xffff}) {
    buffer->header().kind = static_cast<uint16_t>(kind);
    EXPECT_EQ(Check(*buffer), DecodeError::kKind) << kind;
  }
}

TEST(Decoder, RefusesASizeThatDoesNotFit) {
  for (const EventKindInfo& info : AllEventKinds()) {
    auto buffer = Empty(info.kind);
    for (uint32_t size : {0u, 1u, info.fixed_size - 1, VD_MAX_RECORD + 1u, 0xffffffffu}) {
      buffer->header().size = size;
      EXPECT_EQ(Check(std::span<const std::byte>(buffer->data, VD_MAX_RECORD)), DecodeError::kSize)
          << info.name << " " << size;
    }
    buffer->header().size = info.fixed_size + 8;
    EXPECT_EQ(Check(std::span<const std::byte>(buffer->data, info.fixed_size)), DecodeError::kSize) << info.name;
  }
}

TEST(Decoder, TakesPaddingAfterARecord) {
  auto buffer = Empty(VD_KIND_EXIT);
  EXPECT_EQ(Check(std::span<const std::byte>(buffer->data, 512)), DecodeError::kNone);
}

TEST(Decoder, RefusesEnumeratorsOutOfRange) {
  auto buffer = Empty(VD_KIND_BPF);
  buffer->header().via = VD_VIA_COUNT;
  EXPECT_EQ(Check(*buffer), DecodeError::kEnumerator);
  buffer->header().via = 0;
  buffer->header().verdict = VD_VERDICT_COUNT;
  EXPECT_EQ(Check(*buffer), DecodeError::kEnumerator);

  RecordBuilder<vd_file_open> open(VD_KIND_FILE_OPEN);
  open->file.mount_class = VD_MOUNT_COUNT;
  EXPECT_EQ(Check(open.bytes()), DecodeError::kEnumerator);
  RecordBuilder<vd_path_change> rename(VD_KIND_FILE_RENAME);
  rename->to.mount_class = 0xffffffff;
  EXPECT_EQ(Check(rename.bytes()), DecodeError::kEnumerator);
  RecordBuilder<vd_socket> connect(VD_KIND_CONNECT);
  connect->role = VD_ROLE_COUNT;
  EXPECT_EQ(Check(connect.bytes()), DecodeError::kEnumerator);
}

// Where the strings of a record are, found without the decoder's help: at every place of four bytes it is tried
// whether the decoder refuses a string there that leaves the record.
std::vector<size_t> PlacesOfStrings(EventKind kind) {
  std::vector<size_t> out;
  for (size_t at = sizeof(vd_header); at + 4 <= Info(kind).fixed_size; at += 4) {
    auto buffer = Empty(kind);
    reinterpret_cast<vd_str&>(buffer->data[at]) = {0, 1};
    if (Check(*buffer) == DecodeError::kString) out.push_back(at);
  }
  return out;
}

TEST(Decoder, KnowsEveryStringOfEveryRecord) {
  EXPECT_EQ(PlacesOfStrings(VD_KIND_FORK), std::vector<size_t>());
  EXPECT_EQ(PlacesOfStrings(VD_KIND_EXEC),
            (std::vector<size_t>{offsetof(vd_exec, exe) + offsetof(vd_object, path), offsetof(vd_exec, filename),
                                 offsetof(vd_exec, args), offsetof(vd_exec, cwd), offsetof(vd_exec, cgroup),
                                 offsetof(vd_exec, env), offsetof(vd_exec, stdio[0].name),
                                 offsetof(vd_exec, stdio[1].name), offsetof(vd_exec, stdio[2].name)}));
  EXPECT_EQ(PlacesOfStrings(VD_KIND_EXEC_FAILED).size(), 2u);
  EXPECT_EQ(PlacesOfStrings(VD_KIND_FILE_OPEN).size(), 3u);
  EXPECT_EQ(PlacesOfStrings(VD_KIND_FILE_RENAME).size(), 7u);
  EXPECT_EQ(PlacesOfStrings(VD_KIND_MOUNT).size(), 4u);
  EXPECT_EQ(PlacesOfStrings(VD_KIND_SOCKET),
            (std::vector<size_t>{offsetof(vd_socket, unix_path), offsetof(vd_socket, buffer)}));
  EXPECT_EQ(PlacesOfStrings(VD_KIND_SYSCALL), (std::vector<size_t>{offsetof(vd_call, text), offsetof(vd_call, path)}));
  EXPECT_EQ(PlacesOfStrings(VD_KIND_FILE_XATTR).size(), 6u);
  EXPECT_EQ(PlacesOfStrings(VD_KIND_SIGNAL).size(), 3u);
  EXPECT_EQ(PlacesOfStrings(VD_KIND_KEY).size(), 4u);
  EXPECT_EQ(PlacesOfStrings(VD_KIND_CONTAINER), std::vector<size_t>());
  EXPECT_EQ(PlacesOfStrings(VD_KIND_MODULE).size(), 2u);
}

TEST(Decoder, RefusesStringsThatLeaveTheRecordOrOverlapItsStruct) {
  for (const EventKindInfo& info : AllEventKinds()) {
    for (size_t at : PlacesOfStrings(info.kind)) {
      auto buffer = Empty(info.kind);
      auto& s = reinterpret_cast<vd_str&>(buffer->data[at]);
      auto fixed = static_cast<uint16_t>(info.fixed_size);
      buffer->header().size = info.fixed_size + 8;
      for (vd_str bad : {vd_str{1, 1}, vd_str{static_cast<uint16_t>(fixed - 1), 1}, vd_str{fixed, 9},
                         vd_str{static_cast<uint16_t>(fixed + 8), 1}, vd_str{static_cast<uint16_t>(fixed + 9), 0},
                         vd_str{0xffff, 0xffff}, vd_str{fixed, 0xffff}, vd_str{0, 0xffff}}) {
        s = bad;
        EXPECT_EQ(Check(*buffer), DecodeError::kString)
            << info.name << " at " << at << ": " << bad.offset << "+" << bad.len;
      }
      for (vd_str good :
           {vd_str{0, 0}, vd_str{fixed, 0}, vd_str{fixed, 8}, vd_str{static_cast<uint16_t>(fixed + 8), 0}}) {
        s = good;
        EXPECT_EQ(Check(*buffer), DecodeError::kNone) << info.name;
      }
    }
  }
}

TEST(Decoder, WhatItTakesCanBeReadWhateverItSays) {
  std::mt19937 random(1);
  Process parent, process;
  process.parent = &parent;
  process.cwd = "/srv/";
  size_t taken = 0;
  for (int round = 0; round < 1500; ++round) {
    auto buffer = std::make_unique<Buffer>();
    uint32_t size = 64 + random() % 512;
    for (uint32_t i = 0; i < size; ++i) buffer->data[i] = static_cast<std::byte>(random());
    vd_header& h = buffer->header();
    h.size = size;
    h.kind = static_cast<uint16_t>(1 + random() % (VD_KIND_COUNT - 1));
    h.via = static_cast<uint8_t>(random() % VD_VIA_COUNT);
    h.verdict = static_cast<uint8_t>(random() % VD_VERDICT_COUNT);
    // Strings that fit make it through to the extractors more often than chance would.
    if (size >= Info(static_cast<EventKind>(h.kind)).fixed_size) {
      for (size_t at : PlacesOfStrings(static_cast<EventKind>(h.kind))) {
        auto fixed = static_cast<uint16_t>(Info(static_cast<EventKind>(h.kind)).fixed_size);
        uint32_t room = size - fixed;
        auto skip = static_cast<uint16_t>(random() % (room + 1));
        reinterpret_cast<vd_str&>(buffer->data[at]) = {static_cast<uint16_t>(fixed + skip),
                                                       static_cast<uint16_t>(random() % (room - skip + 1))};
      }
    }
    // A heap copy of the exact size, so that a sanitizer sees the first byte beyond it.
    std::vector<uint64_t> exact((size + 7) / 8);
    std::memcpy(exact.data(), buffer->data, size);
    const vd_header* header = nullptr;
    if (Decode(std::as_bytes(std::span(exact)).first(size), header) != DecodeError::kNone) continue;
    ++taken;
    ExtractAll(header, round % 2 == 0 ? &process : nullptr);
  }
  EXPECT_GT(taken, 100u);
}

TEST(Decoder, EveryErrorHasAText) {
  for (int e = 0; e <= static_cast<int>(DecodeError::kString); ++e) {
    EXPECT_FALSE(DecodeErrorText(static_cast<DecodeError>(e)).empty());
  }
}

}  // namespace
}  // namespace vedette
