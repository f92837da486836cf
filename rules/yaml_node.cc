// SPDX-License-Identifier: Apache-2.0
#include "rules/yaml_node.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <exception>
#include <istream>
#include <optional>
#include <streambuf>
#include <unordered_map>

namespace vedette {
namespace {

// What a bound says; thrown through yaml-cpp's parser, which is exception-safe, and caught in ReadYaml.
struct Refusal {
  SourceOffset at;
  std::string message;
};

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(uint32_t file, const SourceFile& source, YamlFile& out) : file_(file), source_(source), out_(out) {}

  // At a token that fits nowhere (a stray comma) yaml-cpp 0.7 gives empty documents without end, all at that token.
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (mark.pos == document_pos_) throw Refusal{At(mark), "malformed YAML: unexpected token"};
    document_pos_ = mark.pos;
    anchors_.clear();
    root_ = nullptr;
  }
  void OnDocumentEnd() override {
    if (root_ != nullptr) out_.documents.push_back(root_);
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { Leaf(YamlNode::Kind::kNull, mark, anchor, ""); }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, const std::string& value) override {
    Leaf(YamlNode::Kind::kScalar, mark, anchor, value);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto target = anchors_.find(anchor);
    // An alias inside its own anchor would make the tree a loop.
    if (target == anchors_.end()) throw Refusal{At(mark), "the alias refers to a value that it is part of"};
    Attach(target->second, At(mark));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(YamlNode::Kind::kSequence, mark, anchor);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Open(YamlNode::Kind::kMap, mark, anchor);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Level {
    YamlNode* node;
    YAML::anchor_t anchor;
  };

  SourceOffset At(const YAML::Mark& mark) const {
    size_t index = mark.pos < 0 ? 0 : static_cast<size_t>(mark.pos);
    return {file_, static_cast<uint32_t>(source_.OffsetOfChar(index))};
  }

  YamlNode* NewNode(YamlNode::Kind kind, const YAML::Mark& mark) {
    YamlNode& node = out_.nodes.emplace_back();
    node.kind = kind;
    node.at = At(mark);
    return &node;
  }

  void Leaf(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& value) {
    YamlNode* node = NewNode(kind, mark);
    node->value = value;
    if (anchor != YAML::NullAnchor) anchors_[anchor] = node;
    Attach(node, node->at);
  }

  void Open(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (open_.size() >= kMaxYamlDepth) {
      throw Refusal{At(mark), fmt::format("YAML nests deeper than {} levels", kMaxYamlDepth)};
    }
    open_.push_back({NewNode(kind, mark), anchor});
  }

  void Close() {
    Level done = open_.back();
    open_.pop_back();
    if (done.anchor != YAML::NullAnchor) anchors_[done.anchor] = done.node;
    Attach(done.node, done.node->at);
  }

  void Attach(const YamlNode* child, SourceOffset at) {
    size_t size = child->size;
    if (open_.empty()) {
      root_ = child;
      total_ += size;
      size = 0;
    } else {
      YamlNode* parent = open_.back().node;
      parent->children.push_back(child);
      size = parent->size += size;
    }
    if (size + total_ > kMaxYamlNodes) {
      throw Refusal{at, fmt::format("the file has more than {} values, aliases followed", kMaxYamlNodes)};
    }
  }

  uint32_t file_;
  const SourceFile& source_;
  YamlFile& out_;
  std::vector<Level> open_;
  std::unordered_map<YAML::anchor_t, const YamlNode*> anchors_;
  const YamlNode* root_ = nullptr;
  size_t total_ = 0;       // of the documents before
  int document_pos_ = -1;  // where the current one starts
};

// Reads the text in place; std::istringstream would copy it.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());
    setg(begin, begin, begin + text.size());
  }
};

// yaml-cpp's "bad file" for its own depth guard tells nobody anything.
std::string Explain(const std::string& yaml_message) {
  if (yaml_message == YAML::ErrorMsg::BAD_FILE) return fmt::format("YAML nests deeper than {} levels", kMaxYamlDepth);
  return fmt::format("malformed YAML: {}", Printable(yaml_message));
}

std::optional<Refusal> Parse(uint32_t file, const SourceFile& source, YamlFile& out) {
  ViewBuffer buffer(source.text());
  std::istream stream(&buffer);
  try {
    TreeBuilder builder(file, source, out);
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refusal& refusal) {
    return refusal;
  } catch (const YAML::Exception& e) {
    size_t index = e.mark.pos < 0 ? 0 : static_cast<size_t>(e.mark.pos);
    return Refusal{{file, static_cast<uint32_t>(source.OffsetOfChar(index))}, Explain(e.msg)};
  } catch (const std::exception& e) {
    return Refusal{{file, 0}, fmt::format("the YAML cannot be read: {}", Printable(e.what()))};
  }
  return std::nullopt;
}

}  // namespace

const YamlNode* YamlNode::Find(std::string_view key) const {
  for (size_t i = 0; i + 1 < children.size(); i += 2) {
    if (children[i]->is_scalar() && children[i]->value == key) return children[i + 1];
  }
  return nullptr;
}

YamlFile ReadYaml(uint32_t file, Diagnostics& diagnostics) {
  YamlFile out;
  std::optional<Refusal> refusal = Parse(file, diagnostics.sources().file(file), out);
  if (!refusal.has_value()) return out;
  diagnostics.Error(refusal->at, refusal->message);
  return YamlFile();
}

}  // namespace vedette
