// SPDX-License-Identifier: Apache-2.0
#include "outputs/alert_queue.h"

#include <utility>

namespace vedette {

size_t ApproximateBytes(const Alert& alert) {
  size_t bytes = sizeof(Alert) + alert.id.size() + alert.rule.size() + alert.source.size() + alert.hostname.size() +
                 alert.output.size();
  for (const auto& [name, value] : alert.fields) {
    bytes += sizeof(alert.fields[0]) + name.size();
    if (const auto* text = std::get_if<std::string>(&value)) bytes += text->size();
  }
  for (const std::string& tag : alert.tags) bytes += sizeof(tag) + tag.size();
  return bytes;
}

std::deque<AlertQueue::Item> AlertQueue::Push(Item alert) {
  std::deque<Item> forced_out;
  const size_t bytes = ApproximateBytes(*alert);
  while (!HasRoomFor(bytes)) {
    std::deque<Entry>* lowest = LowestBelow(alert->priority);
    if (lowest == nullptr) {
      forced_out.push_back(std::move(alert));
      return forced_out;
    }
    forced_out.push_back(Take(*lowest, /*newest=*/true));
  }
  auto& entries = entries_[static_cast<size_t>(alert->priority)];
  entries.push_back({next_number_++, bytes, std::move(alert)});
  ++size_;
  bytes_ += bytes;
  return forced_out;
}

AlertQueue::Item AlertQueue::Pop() {
  std::deque<Entry>* first = nullptr;
  for (auto& entries : entries_) {
    if (!entries.empty() && (first == nullptr || entries.front().number < first->front().number)) first = &entries;
  }
  return first == nullptr ? nullptr : Take(*first, /*newest=*/false);
}

std::deque<AlertQueue::Entry>* AlertQueue::LowestBelow(Priority priority) {
  for (size_t i = kPriorities - 1; i > static_cast<size_t>(priority); --i) {  // 0 is the highest
    if (!entries_[i].empty()) return &entries_[i];
  }
  return nullptr;
}

AlertQueue::Item AlertQueue::Take(std::deque<Entry>& from, bool newest) {
  Entry& entry = newest ? from.back() : from.front();
  Item alert = std::move(entry.alert);
  bytes_ -= entry.bytes;
  --size_;
  newest ? from.pop_back() : from.pop_front();
  return alert;
}

}  // namespace vedette
