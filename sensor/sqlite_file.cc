// SPDX-License-Identifier: Apache-2.0
#include "sensor/sqlite_file.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "fmt/format.h"
#include "sensor/container_metadata.h"

namespace vedette {
namespace {

constexpr uint64_t kMaxReads = 4096;  // pages of one lookup, those of the schema included
constexpr int kStepsPerCheck = 1000;  // of SQLite's virtual machine
constexpr int kMaxChecks = 1000;      // so a million steps; a lookup takes some dozens

// Where SQLite's programs lock a database (sqlite.org/fileformat2.html, "the lock-byte page";
// sqlite.org/lockingv3.html).
constexpr off_t kPendingByte = 0x40000000;
constexpr off_t kReservedByte = kPendingByte + 1;
constexpr off_t kSharedFirst = kPendingByte + 2;
constexpr off_t kSharedSize = 510;

struct flock LockOf(short type, off_t start, off_t length) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = start;
  lock.l_len = length;
  return lock;
}

// Locks of the open file description: they conflict with the locks of other processes as the usual ones do.
bool SetLock(int fd, short type, off_t start, off_t length) {
  struct flock lock = LockOf(type, start, length);
  return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

}  // namespace

// The functions are those of sqlite3_io_methods and sqlite3_vfs; what is not needed to read says so.
struct SqliteFile::Layer {
  struct OpenFile {
    sqlite3_file base;
    Layer* layer;
  };

  Layer(int descriptor, std::string file) : fd(descriptor), path(std::move(file)) {}
  ~Layer() {
    if (registered) sqlite3_vfs_unregister(&vfs);
    if (fd >= 0) close(fd);
  }
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  bool Register() {
    sqlite3_vfs* system = sqlite3_vfs_find(nullptr);
    if (system == nullptr) return false;
    name = fmt::format("vedette-{}", static_cast<const void*>(this));
    vfs.iVersion = 1;
    vfs.szOsFile = sizeof(OpenFile);
    vfs.mxPathname = system->mxPathname;
    vfs.zName = name.c_str();
    vfs.pAppData = this;
    vfs.xOpen = Open;
    vfs.xDelete = [](sqlite3_vfs*, const char*, int) { return SQLITE_READONLY; };
    vfs.xAccess = Access;
    vfs.xFullPathname = FullPathname;
    vfs.xRandomness = [](sqlite3_vfs*, int n, char* out) { return System()->xRandomness(System(), n, out); };
    vfs.xSleep = [](sqlite3_vfs*, int us) { return System()->xSleep(System(), us); };
    vfs.xCurrentTime = [](sqlite3_vfs*, double* out) { return System()->xCurrentTime(System(), out); };
    registered = sqlite3_vfs_register(&vfs, /*makeDflt=*/0) == SQLITE_OK;
    return registered;
  }

  static sqlite3_vfs* System() { return sqlite3_vfs_find(nullptr); }
  static Layer& Of(sqlite3_file* file) { return *reinterpret_cast<OpenFile*>(file)->layer; }

  // The database, and nothing else: neither a journal nor a temporary file.
  static int Open(sqlite3_vfs* self, const char*, sqlite3_file* file, int flags, int* out_flags) {
    file->pMethods = nullptr;
    if ((flags & SQLITE_OPEN_MAIN_DB) == 0) return SQLITE_CANTOPEN;
    file->pMethods = &kMethods;
    reinterpret_cast<OpenFile*>(file)->layer = static_cast<Layer*>(self->pAppData);
    if (out_flags != nullptr) *out_flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB;
    return SQLITE_OK;
  }
  // SQLite asks whether there are a journal and a write-ahead log.
  static int Access(sqlite3_vfs*, const char* path, int, int* out) {
    struct stat st {};
    *out = stat(path, &st) == 0 && st.st_size > 0 ? 1 : 0;
    return SQLITE_OK;
  }
  static int FullPathname(sqlite3_vfs*, const char* path, int size, char* out) {
    size_t length = strlen(path);
    if (length >= static_cast<size_t>(size)) return SQLITE_CANTOPEN;
    memcpy(out, path, length + 1);
    return SQLITE_OK;
  }

  static int Read(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
    Layer& layer = Of(file);
    if (++layer.reads > kMaxReads) return SQLITE_IOERR_READ;
    ssize_t n;
    do {
      n = pread(layer.fd, to, static_cast<size_t>(size), offset);
    } while (n < 0 && errno == EINTR);
    if (n < 0) return SQLITE_IOERR_READ;
    if (n == size) return SQLITE_OK;
    memset(static_cast<char*>(to) + n, 0, static_cast<size_t>(size - n));
    return SQLITE_IOERR_SHORT_READ;
  }
  static int Size(sqlite3_file* file, sqlite3_int64* out) {
    struct stat st {};
    if (fstat(Of(file).fd, &st) != 0) return SQLITE_IOERR_FSTAT;
    *out = st.st_size;
    return SQLITE_OK;
  }
  // Readers share a range; the byte before it is a writer's that waits for them to go, whom no new one may overtake.
  static int Lock(sqlite3_file* file, int level) {
    int fd = Of(file).fd;
    if (level != SQLITE_LOCK_SHARED) return SQLITE_READONLY;
    if (!SetLock(fd, F_RDLCK, kPendingByte, 1)) return SQLITE_BUSY;
    bool shared = SetLock(fd, F_RDLCK, kSharedFirst, kSharedSize);
    SetLock(fd, F_UNLCK, kPendingByte, 1);
    return shared ? SQLITE_OK : SQLITE_BUSY;
  }
  static int Unlock(sqlite3_file* file, int level) {
    if (level == SQLITE_LOCK_NONE) SetLock(Of(file).fd, F_UNLCK, kSharedFirst, kSharedSize);
    return SQLITE_OK;
  }
  static int CheckReserved(sqlite3_file* file, int* out) {
    struct flock lock = LockOf(F_WRLCK, kReservedByte, 1);
    if (fcntl(Of(file).fd, F_OFD_GETLK, &lock) != 0) return SQLITE_IOERR_CHECKRESERVEDLOCK;
    *out = lock.l_type != F_UNLCK ? 1 : 0;
    return SQLITE_OK;
  }

  static const sqlite3_io_methods kMethods;

  const int fd;
  const std::string path;
  std::string name;
  sqlite3_vfs vfs{};
  bool registered = false;
  uint64_t reads = 0;
  int checks = 0;
};

const sqlite3_io_methods SqliteFile::Layer::kMethods = {
    .iVersion = 1,                                      // neither shared memory, and so no write-ahead log, nor mapping
    .xClose = [](sqlite3_file*) { return SQLITE_OK; },  // the descriptor is the layer's
    .xRead = Read,
    .xWrite = [](sqlite3_file*, const void*, int, sqlite3_int64) { return SQLITE_READONLY; },
    .xTruncate = [](sqlite3_file*, sqlite3_int64) { return SQLITE_READONLY; },
    .xSync = [](sqlite3_file*, int) { return SQLITE_READONLY; },
    .xFileSize = Size,
    .xLock = Lock,
    .xUnlock = Unlock,
    .xCheckReservedLock = CheckReserved,
    .xFileControl = [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; },
    .xSectorSize = [](sqlite3_file*) { return 4096; },
    .xDeviceCharacteristics = [](sqlite3_file*) { return 0; },
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

SqliteFile::SqliteFile(std::unique_ptr<Layer> layer) : layer_(std::move(layer)) {}

SqliteFile::~SqliteFile() {
  sqlite3_close(db_);  // before its layer; null is no matter
}

absl::StatusOr<std::unique_ptr<SqliteFile>> SqliteFile::Open(const std::string& path) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return absl::ErrnoToStatus(errno, fmt::format("{} cannot be opened", path));
  std::unique_ptr<SqliteFile> file(new SqliteFile(std::make_unique<Layer>(fd, path)));
  struct stat st {};
  if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
    return absl::FailedPreconditionError(fmt::format("{} is no regular file", path));
  }
  if (absl::Status status = file->Connect(); !status.ok()) return status;
  return file;
}

absl::Status SqliteFile::Connect() {
  if (!layer_->Register()) return absl::InternalError("SQLite does not take a file layer");
  constexpr int kFlags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
  if (sqlite3_open_v2(layer_->path.c_str(), &db_, kFlags, layer_->name.c_str()) != SQLITE_OK) return Failed();
  sqlite3_busy_timeout(db_, static_cast<int>(kSqliteWait.count()));
  sqlite3_limit(db_, SQLITE_LIMIT_LENGTH, static_cast<int>(kMaxMetadataFile));
  for (auto [option, value] : {std::pair{SQLITE_DBCONFIG_DEFENSIVE, 1},
                               {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                               {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
                               {SQLITE_DBCONFIG_ENABLE_VIEW, 0}}) {
    if (sqlite3_db_config(db_, option, value, nullptr) != SQLITE_OK) return Failed();
  }
  auto enough = [](void* layer) { return ++static_cast<Layer*>(layer)->checks > kMaxChecks ? 1 : 0; };
  sqlite3_progress_handler(db_, kStepsPerCheck, enough, layer_.get());
  if (sqlite3_exec(db_, "PRAGMA cell_size_check = ON", nullptr, nullptr, nullptr) != SQLITE_OK) return Failed();
  return absl::OkStatus();
}

absl::Status SqliteFile::Failed() const {
  std::string what =
      fmt::format("{} cannot be read: {}", layer_->path, db_ != nullptr ? sqlite3_errmsg(db_) : "no memory");
  switch (db_ != nullptr ? sqlite3_errcode(db_) : SQLITE_NOMEM) {
    case SQLITE_BUSY:
      return absl::UnavailableError(what);
    case SQLITE_INTERRUPT:
      return absl::ResourceExhaustedError(what);
    case SQLITE_READONLY:
      return absl::FailedPreconditionError(what + " (a journal is left of a crashed writer, who must open it)");
    case SQLITE_CANTOPEN:
      return absl::FailedPreconditionError(what + " (a write-ahead log cannot be read without its owner)");
    default:
      return absl::DataLossError(what);
  }
}

absl::StatusOr<std::string> SqliteFile::Text(const char* query, std::string_view parameter) {
  layer_->reads = 0;
  layer_->checks = 0;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db_, query, -1, &statement, nullptr) != SQLITE_OK) return Failed();
  std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> owned(statement, sqlite3_finalize);
  if (sqlite3_bind_text(statement, 1, parameter.data(), static_cast<int>(parameter.size()), SQLITE_STATIC) !=
      SQLITE_OK) {
    return Failed();
  }
  int code = sqlite3_step(statement);
  if (code == SQLITE_DONE) return absl::NotFoundError(std::string(parameter));
  if (code != SQLITE_ROW) return Failed();
  const void* text = sqlite3_column_text(statement, 0);
  if (text == nullptr) return absl::NotFoundError(std::string(parameter));
  return std::string(static_cast<const char*>(text), static_cast<size_t>(sqlite3_column_bytes(statement, 0)));
}

}  // namespace vedette
