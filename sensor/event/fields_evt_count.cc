// SPDX-License-Identifier: Apache-2.0
//
// evt.count and its kin: 1 for what is to be counted. Those of errors are NULL for other events than they are about, as
// in Falco.
#include <optional>

#include "sensor/event/event_facts.h"
#include "sensor/event/field_rows.h"

namespace vedette {
namespace {

template <int64_t kNumber>
void Always(const Event&, const FieldArg&, Values& out) {
  out.Add(Value::Number(kNumber));
}

void Errors(const Event& e, const FieldArg&, Values& out) {
  if (std::optional<int64_t> r = ResultOf(e)) out.Add(Value::Number(*r < 0 ? 1 : 0));
}

// By what the call is about: what Falco tells by the descriptor it has, or would have had.
enum class About { kFile, kNet, kMemory, kOther };
About AboutOf(const Event& e) {
  constexpr EventKinds kFiles = KindSet({VD_KIND_FILE_OPEN, VD_KIND_MODULE});
  constexpr EventTypeId kFchmod = 91, kFchown = 93, kMprotect = 10, kMlock = 149, kMunlock = 150, kMlockall = 151,
                        kMunlockall = 152, kMlock2 = 325, kPkeyMprotect = 329;
  if (kFiles[e.kind()] || e.type == kFchmod || e.type == kFchown) return About::kFile;
  if (kSocketKinds[e.kind()]) return About::kNet;
  for (EventTypeId type : {kMprotect, kMlock, kMunlock, kMlockall, kMunlockall, kMlock2, kPkeyMprotect}) {
    if (e.type == type) return About::kMemory;
  }
  return About::kOther;
}
template <About kAbout>
void ErrorsOf(const Event& e, const FieldArg& arg, Values& out) {
  if (AboutOf(e) == kAbout) Errors(e, arg, out);
}

constexpr KernelDecision kNotADecision = Never("it describes the event, not the operation; leave it out");

constexpr Field kRows[] = {
    {"evt.count", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds, "Always 1.", Always<1>, kNotADecision},
    {"evt.count.error", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "1 if the call returned an error, else 0. NULL when its result is not known.", Errors, kAfterTheCall},
    {"evt.count.error.file", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "evt.count.error of what opens a file or is given one by its descriptor. NULL for other events.",
     ErrorsOf<About::kFile>, kAfterTheCall},
    {"evt.count.error.memory", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "evt.count.error of mprotect, mlock and their kin. NULL for other events.", ErrorsOf<About::kMemory>,
     kAfterTheCall},
    {"evt.count.error.net", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "evt.count.error of calls about sockets. NULL for other events.", ErrorsOf<About::kNet>, kAfterTheCall},
    {"evt.count.error.other", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "evt.count.error of all other calls. NULL for files, sockets and memory.", ErrorsOf<About::kOther>, kAfterTheCall},
    {"evt.count.exit", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "Always 1: every event is the end of a call.", Always<1>, kNotADecision},
    {"evt.count.procinfo", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "Always 0, as in Falco for every event of a rule.", Always<0>, kNotADecision},
    {"evt.count.threadinfo", FieldType::kNumber, ArgKind::kNone, false, false, kAllKinds,
     "Always 0, as in Falco for every event of a rule.", Always<0>, kNotADecision},
};
static_assert(SortedAndUnique(kRows));

}  // namespace

std::span<const Field> EvtCountFields() { return kRows; }

}  // namespace vedette
