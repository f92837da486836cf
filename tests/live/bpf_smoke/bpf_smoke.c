/* SPDX-License-Identifier: Apache-2.0
 *
 * Loads every BPF program, attaches what it is told to, runs a command and prints the raw records as text: the
 * kernel side alone, without the agent. For the VM.
 *
 *   bpf_smoke [-k KIND,...|all] [-p FILE] [-n] [-f] [-m] [-s] [-P] [-L LEVEL] -- COMMAND...
 *     -k  kinds to attach (default all)
 *     -p  a policy, see load_policy()
 *     -P  probes.def instead of what can be skipped
 *     -n  no results (nothing deferred)   -f  failed opens too   -m  fmod_ret instead of LSM   -s  show seeds  -L
 * verifier log level
 */
#include <linux/types.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "bpf/abi/config.h"
#include "bpf/abi/policy.h"
#include "bpf/abi/records.h"
#include "vedette.skel.h"

static const char *const kind_names[] = {
    "none",
#define VD_EVENT(KIND, name, lane, record, types, doc) #KIND,
#include "bpf/abi/events.def"
#undef VD_EVENT
};

enum way { LSM, FEXIT, FENTRY, TP_BTF, ITER, CGROUP };
static const struct program {
	const char *name;
	enum way way;
	const char *target;
	__u64 kinds;
} programs[] = {
#define VD_PROGRAM(program, way, target, kinds) {#program, way, target, kinds},
#include "bpf/abi/programs.def"
#undef VD_PROGRAM
};
static const struct probe {
	const char *replaced, *name, *function;
} probes[] = {
#define VD_PROBE(program, probe, function) {#program, #probe, function},
#include "bpf/abi/probes.def"
#undef VD_PROBE
};
#define PROBES (sizeof(probes) / sizeof(probes[0]))
static bool use_probes;
#define PROGRAMS (sizeof(programs) / sizeof(programs[0]))
#define ALWAYS (~0ull)

static __u64 record_count;
static FILE *out;

static void print_string(const char *name, const struct vd_header *h, struct vd_str s)
{
	const unsigned char *bytes = (const unsigned char *)h + s.offset;

	if (!s.len)
		return;
	fprintf(out, " %s=\"", name);
	if (s.offset + s.len > (int)h->size) {
		fprintf(out, "OUT OF RECORD\"");
		return;
	}
	for (int i = 0; i < s.len; i++) {
		if (i == 200 && s.len > 260) {
			fprintf(out, "...(%d)...", s.len);
			i = s.len - 40;
		}
		if (bytes[i] >= 32 && bytes[i] < 127)
			fputc(bytes[i], out);
		else
			fprintf(out, "\\x%02x", bytes[i]);
	}
	fputc('"', out);
}

static void print_object(const char *name, const struct vd_header *h, const struct vd_object *o)
{
	static const char *const classes[] = {"own", "foreign", "anon", "none", "internal"};

	print_string(name, h, o->path);
	fprintf(out, " %s.{dev=%u:%u ino=%llu mode=%o magic=%x class=%s uid=%u", name, o->dev >> 20, o->dev & 0xfffff,
		o->ino, o->mode, o->fs_magic, o->mount_class < 5 ? classes[o->mount_class] : "?", o->uid);
	if (o->rdev)
		fprintf(out, " rdev=%u:%u", o->rdev >> 20, o->rdev & 0xfffff);
	fputc('}', out);
}

static void print_creds(const char *name, const struct vd_creds *c)
{
	fprintf(out, " %s.{uid=%u/%u/%u gid=%u/%u/%u eff=%llx perm=%llx bnd=%llx loginuid=%d}", name, c->uid, c->euid,
		c->suid, c->gid, c->egid, c->sgid, c->cap_effective, c->cap_permitted, c->cap_bounding,
		(int)c->loginuid);
}

static void print_exec(const struct vd_exec *e)
{
	const struct vd_header *h = &e->h;

	fprintf(out,
		" comm=%.16s parent=%llu previous=%llu ppid=%u vpid=%u pgid=%u sid=%u vpgid=%u tty=%u flags=%x argc=%u "
		"args_len=%u",
		e->comm, e->parent_exec_id, e->previous_exec_id, e->parent_pid, e->vpid, e->pgid, e->sid, e->vpgid,
		e->tty, e->exe_flags, e->argc, e->args_len);
	print_object("exe", h, &e->exe);
	print_string("filename", h, e->filename);
	print_string("args", h, e->args);
	print_string("cwd", h, e->cwd);
	print_string("cgroup", h, e->cgroup);
	fprintf(out, " ns.{mnt=%u pid=%u net=%u user=%u uts=%u ipc=%u cgroup=%u host=%u} ctime=%llu mtime=%llu",
		e->ns.mnt, e->ns.pid, e->ns.net, e->ns.user, e->ns.uts, e->ns.ipc, e->ns.cgroup, e->ns.host_mnt,
		e->exe_ctime_ns, e->exe_mtime_ns);
	print_creds("creds", &e->creds);
}

static void print_change(const struct vd_path_change *r)
{
	print_object("file", &r->h, &r->file);
	if (r->to.path.len)
		print_object("to", &r->h, &r->to);
	print_string("target", &r->h, r->target);
	print_string("nameraw", &r->h, r->nameraw);
	print_string("nameraw_to", &r->h, r->nameraw_to);
	fprintf(out, " mode=%o uid=%d gid=%d flags=%x dev=%u:%u", r->mode, (int)r->uid, (int)r->gid, r->flags,
		r->dev >> 20, r->dev & 0xfffff);
}

static void print_body(const struct vd_header *h)
{
	switch (h->kind) {
	case VD_KIND_FORK: {
		const struct vd_fork *f = (const void *)h;
		fprintf(out, " child=%u vpid=%u child_exec_id=%llu flags=%llx cgroup=%llu", f->child_pid, f->child_vpid,
			f->child_exec_id, f->clone_flags, f->child_cgroup_id);
		break;
	}
	case VD_KIND_EXEC:
		print_exec((const void *)h);
		break;
	case VD_KIND_EXIT:
		fprintf(out, " status=%x", ((const struct vd_exit *)h)->status);
		break;
	case VD_KIND_CREDS:
		print_creds("old", &((const struct vd_creds_change *)h)->old_creds);
		print_creds("new", &((const struct vd_creds_change *)h)->new_creds);
		break;
	case VD_KIND_EXEC_FAILED: {
		const struct vd_exec_failed *f = (const void *)h;
		print_object("exe", h, &f->exe);
		print_string("filename", h, f->filename);
		fprintf(out, " flags=%x", f->exe_flags);
		break;
	}
	case VD_KIND_FILE_OPEN: {
		const struct vd_file_open *f = (const void *)h;
		print_object("file", h, &f->file);
		print_string("nameraw", h, f->nameraw);
		fprintf(out, " flags=%x mode=%o dirfd=%d", f->open_flags, f->create_mode, f->dirfd);
		break;
	}
	default:
		if (h->kind >= VD_KIND_FILE_UNLINK && h->kind <= VD_KIND_CHROOT)
			print_change((const void *)h);
	}
}

static int on_record(void *lane, void *data, size_t size)
{
	static const char *const vias[] = {"syscall", "io_uring", "kernel"};
	static const char *const verdicts[] = {"allow", "DENY", "KILL", "WOULD_DENY", "WOULD_KILL"};
	const struct vd_header *h = data;

	record_count++;
	if (h->size > size || h->kind >= VD_KIND_COUNT || h->verdict >= VD_VERDICT_COUNT) {
		fprintf(out, "MALFORMED size=%u/%zu kind=%u\n", h->size, size, h->kind);
		return 0;
	}
	fprintf(out, "%s %s lane=%s pid=%u tid=%u exec_id=%llu cg=%llu nr=%d via=%s uid=%u", kind_names[h->kind],
		verdicts[h->verdict], (const char *)lane, h->pid, h->tid, h->exec_id, h->cgroup_id, (int)h->syscall_nr,
		vias[h->via], h->uid);
	if (h->flags & VD_F_RESULT)
		fprintf(out, " result=%lld", h->result);
	if (h->policy_id)
		fprintf(out, " policy=%u", h->policy_id);
	fprintf(out, "%s%s%s%s%s", h->flags & VD_F_CONTAINER ? " CONTAINER" : "",
		h->flags & VD_F_TRUNCATED ? " TRUNCATED" : "", h->flags & VD_F_READ_FAILED ? " READ_FAILED" : "",
		h->flags & VD_F_COMPAT ? " COMPAT" : "", h->flags & VD_F_SEED ? " SEED" : "");
	print_body(h);
	fputc('\n', out);
	return 0;
}

static int index_of(const char *name, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return i;
	fprintf(stderr, "bpf_smoke: unknown name %s\n", name);
	exit(2);
}

static const char *const table_names[VD_TABLE_COUNT] = {
    "PATH",	      "PATH_TO",	  "EXE",	  "PARENT_EXE",
    "COMM",	      "PARENT_COMM",	  "MOUNT_SOURCE", "FSTYPE",
    "PATH_REVERSED",  "PATH_TO_REVERSED", "EXE_REVERSED", "PARENT_EXE_REVERSED",
    "REMOTE_ADDR",    "SYSCALL",	  "UID",	  "GID",
    "CONTAINER",      "EXE_MEMFD",	  "EXE_UPPER",	  "OPEN_READ",
    "OPEN_WRITE",     "FS_MAGIC",	  "MOUNT_CLASS",  "FILE_TYPE",
    "FAMILY",	      "SOCKET_TYPE",	  "REMOTE_PORT",  "BPF_CMD",
    "PTRACE_REQUEST", "SAME_CONTAINER",
};

struct test {
	int kind, clause, table;
	bool exact, scalar;
	char value[256];
};
static struct test tests[256];
static int test_count;

static bool covers(const struct test *t, const struct test *entry)
{
	if (t->kind != entry->kind || t->table != entry->table)
		return false;
	if (t->exact || t->scalar)
		return (t->exact == entry->exact) && !strcmp(t->value, entry->value);
	return !strncmp(t->value, entry->value, strlen(t->value));
}

static void write_entry(struct vedette_bpf *skel, const struct test *entry, const struct vd_clause_set *untested)
{
	struct vd_clause_set set = *untested;

	for (int i = 0; i < test_count; i++)
		if (covers(&tests[i], entry))
			vd_set_add(&set, tests[i].clause);
	if (entry->scalar) {
		struct vd_scalar_key key = {
		    .table = entry->table, .kind = entry->kind, .value = strtoull(entry->value, 0, 0)};
		bpf_map_update_elem(bpf_map__fd(skel->maps.vd_policy_scalars), &key, &set, 0);
	} else {
		struct vd_trie_key key = {.table = entry->table, .kind = entry->kind};
		size_t len = strlen(entry->value);

		memcpy(key.bytes, entry->value, len);
		key.prefix_len = VD_TRIE_FIXED_BITS + 8 * (len + entry->exact);
		if (bpf_map_update_elem(bpf_map__fd(skel->maps.vd_policy_trie), &key, &set, 0))
			perror("vd_policy_trie");
	}
}

static void parse_test(char *text, int kind, int clause)
{
	struct test *t = &tests[test_count++];
	char *how = strchr(text, ':'), *value = strchr(how + 1, ':');
	size_t len;

	*how++ = 0;
	*value++ = 0;
	len = strlen(value);
	t->kind = kind;
	t->clause = clause;
	t->table = index_of(text, table_names, VD_TABLE_COUNT);
	t->exact = !strcmp(how, "exact");
	t->scalar = !strcmp(how, "scalar");
	for (size_t i = 0; i < len; i++)
		t->value[i] = t->table >= VD_TABLE_FIRST_REVERSED && !t->scalar ? value[len - 1 - i] : value[i];
}

/* One clause per line: "KIND deny|kill|monitor TABLE:exact|prefix|scalar:VALUE ..."; its tests must all hold. */
static void load_policy(struct vedette_bpf *skel, const char *path)
{
	static struct vd_kind_policy kinds[VD_KIND_COUNT];
	static int clauses[VD_KIND_COUNT];
	char line[1024];
	FILE *f = fopen(path, "r");
	int rule = 0;

	if (!f) {
		perror(path);
		exit(2);
	}
	while (fgets(line, sizeof(line), f)) {
		char *save, *kind_name = strtok_r(line, " \n", &save), *action, *test;
		int kind, n;

		if (!kind_name)
			continue;
		kind = index_of(kind_name, kind_names, VD_KIND_COUNT);
		action = strtok_r(NULL, " \n", &save);
		n = clauses[kind]++;
		vd_set_add(&kinds[kind].all, n);
		if (strcmp(action, "monitor"))
			vd_set_add(&kinds[kind].enforced, n);
		kinds[kind].clause[n].policy_id = ++rule;
		kinds[kind].clause[n].rank = n;
		kinds[kind].clause[n].action = !strcmp(action, "kill") ? VD_ACTION_KILL : VD_ACTION_DENY;
		kinds[kind].clause[n].monitor = !strcmp(action, "monitor");
		while ((test = strtok_r(NULL, " \n", &save)))
			parse_test(test, kind, n);
	}
	fclose(f);
	/* a table leaves alone the clauses that say nothing about it */
	for (int k = 0; k < VD_KIND_COUNT; k++)
		for (int i = 0; i < test_count; i++)
			if (tests[i].kind == k)
				kinds[k].tables |= 1ull << tests[i].table;
	for (int k = 0; k < VD_KIND_COUNT; k++) {
		__u32 key = k;

		for (int table = 0; table < VD_TABLE_COUNT; table++) {
			struct vd_clause_set untested = kinds[k].all;

			for (int i = 0; i < test_count; i++)
				if (tests[i].kind == k && tests[i].table == table)
					vd_set_remove(&untested, tests[i].clause);
			kinds[k].table[table].no_entry = kinds[k].table[table].null = untested;
			for (int i = 0; i < test_count; i++)
				if (tests[i].kind == k && tests[i].table == table)
					write_entry(skel, &tests[i], &untested);
		}
		bpf_map_update_elem(bpf_map__fd(skel->maps.vd_policy_kinds), &key, &kinds[k], 0);
	}
}

static __u64 parse_kinds(char *list)
{
	__u64 kinds = 0;
	char *save, *name;

	if (!strcmp(list, "all"))
		return ~0ull;
	for (name = strtok_r(list, ",", &save); name; name = strtok_r(NULL, ",", &save))
		kinds |= 1ull << index_of(name, kind_names, VD_KIND_COUNT);
	return kinds;
}

static void configure(struct vd_config *config, __u64 kinds, bool results, bool failed)
{
	struct stat root, ns;

	stat("/proc/1/root", &root);
	stat("/proc/1/ns/mnt", &ns);
	config->event_kinds = kinds;
	config->deferred_kinds = results ? kinds & ~VD_KIND_BIT(EXEC_FAILED) : 0;
	config->verdict_kinds = kinds;
	config->host_root_ino = root.st_ino;
	config->host_root_dev = major(root.st_dev) << 20 | minor(root.st_dev);
	config->host_mnt_ns = ns.st_ino;
	config->agent_tgid = getpid();
	config->max_path = VD_MAX_PATH;
	config->max_nameraw = VD_MAX_NAMERAW;
	config->max_args = VD_MAX_ARGS;
	config->wakeup_bytes = 1 << 16;
	config->failed_opens = failed;
}

static const char *fmod_target(const char *hook, char *buffer, size_t size)
{
	if (!strcmp(hook, "bprm_check_security"))
		hook = "bprm_check";
	if (!strcmp(hook, "userns_create"))
		hook = "create_user_ns";
	snprintf(buffer, size, "security_%s", hook);
	return buffer;
}

static bool result_wanted[PROGRAMS];

static const struct probe *probe_for(const char *program)
{
	for (size_t i = 0; use_probes && i < PROBES; i++)
		if (!strcmp(probes[i].replaced, program))
			return &probes[i];
	return NULL;
}

static bool is_result(const struct program *p)
{
	return use_probes && p->way == FEXIT && !strncmp(p->name, "vd_exit_", 8);
}

/* The exit programs of all wanted system calls as one. */
static int attach_results(struct vedette_bpf *skel)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(skel->obj, VD_RESULT_PROBE);
	const char *functions[PROGRAMS];
	LIBBPF_OPTS(bpf_kprobe_multi_opts, opts, .syms = functions, .retprobe = true);

	for (size_t i = 0; i < PROGRAMS; i++)
		if (is_result(&programs[i]) && result_wanted[i])
			functions[opts.cnt++] = programs[i].target;
	if (opts.cnt && !bpf_program__attach_kprobe_multi_opts(prog, NULL, &opts)) {
		fprintf(out, "%s cannot be attached: %s\n", VD_RESULT_PROBE, strerror(errno));
		return 1;
	}
	return 0;
}

static struct bpf_link *attach_probe(struct vedette_bpf *skel, const struct probe *probe)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(skel->obj, probe->name);
	const char *function = probe->function;
	LIBBPF_OPTS(bpf_kprobe_multi_opts, opts, .syms = &function, .cnt = 1);

	return bpf_program__attach_kprobe_multi_opts(prog, NULL, &opts);
}

static int prepare(struct vedette_bpf *skel, __u64 kinds, bool results, bool fmod, int log_level)
{
	struct btf *btf = btf__load_vmlinux_btf();
	char target[128];

	for (size_t i = 0; i < PROGRAMS; i++) {
		const struct program *p = &programs[i];
		struct bpf_program *prog = bpf_object__find_program_by_name(skel->obj, p->name);
		bool wanted = p->kinds == ALWAYS || (p->kinds & kinds);

		if (!prog) {
			fprintf(out, "program %s is not in the object\n", p->name);
			continue;
		}
		if (p->way == FEXIT && !results && !(p->kinds & VD_KIND_BIT(EXEC_FAILED)))
			wanted = false;
		snprintf(target, sizeof(target), p->way == LSM ? "bpf_lsm_%s" : "%s", p->target);
		if (wanted && (p->way == FEXIT || p->way == LSM) &&
		    btf__find_by_name_kind(btf, target, BTF_KIND_FUNC) < 0) {
			fprintf(out, "%s: no %s on this kernel\n", p->name, target);
			wanted = false;
		}
		if (wanted && fmod && p->way == LSM) {
			bpf_program__set_type(prog, BPF_PROG_TYPE_TRACING);
			bpf_program__set_expected_attach_type(prog, BPF_MODIFY_RETURN);
			if (bpf_program__set_attach_target(prog, 0, fmod_target(p->target, target, sizeof(target))))
				fprintf(out, "%s: no target %s\n", p->name, target);
		}
		result_wanted[i] = wanted;
		bpf_program__set_autoload(prog, wanted && !is_result(p) && !probe_for(p->name));
		bpf_program__set_log_level(prog, log_level);
	}
	for (size_t i = 0; i < PROBES; i++)
		bpf_program__set_autoload(bpf_object__find_program_by_name(skel->obj, probes[i].name), use_probes);
	bpf_program__set_autoload(bpf_object__find_program_by_name(skel->obj, VD_RESULT_PROBE), use_probes);
	btf__free(btf);
	return 0;
}

static int attach(struct vedette_bpf *skel, bool always)
{
	for (size_t i = 0; i < PROGRAMS; i++) {
		const struct program *p = &programs[i];
		struct bpf_program *prog = bpf_object__find_program_by_name(skel->obj, p->name);
		struct bpf_link *link;

		if ((p->kinds == ALWAYS) != always || p->way == ITER || p->way == CGROUP)
			continue;
		if (probe_for(p->name)) {
			link = attach_probe(skel, probe_for(p->name));
		} else {
			if (!prog || !bpf_program__autoload(prog))
				continue;
			link = bpf_program__attach(prog);
		}
		if (!link) {
			fprintf(out, "%s cannot be attached: %s\n", p->name, strerror(errno));
			return 1;
		}
	}
	return 0;
}

static void run_iterator(struct bpf_program *prog)
{
	struct bpf_link *link = prog ? bpf_program__attach_iter(prog, NULL) : NULL;
	char buffer[64];
	int fd;

	if (!link)
		return;
	fd = bpf_iter_create(bpf_link__fd(link));
	while (read(fd, buffer, sizeof(buffer)) > 0) {
	}
	close(fd);
	bpf_link__destroy(link);
}

static void print_losses(struct vedette_bpf *skel)
{
	static const char *const reasons[] = {"RING_FULL", "NO_PENDING", "READ_FAILED",
					      "TRUNCATED", "NO_STATE",	 "POLICY",
					      "UNATTENDED"};
	int cpus = libbpf_num_possible_cpus();
	__u64 values[cpus];

	for (__u32 i = 0; i < VD_KIND_COUNT * VD_LOSS_COUNT; i++) {
		__u64 sum = 0;

		bpf_map_lookup_elem(bpf_map__fd(skel->maps.vd_losses), &i, values);
		for (int c = 0; c < cpus; c++)
			sum += values[c];
		if (sum)
			fprintf(out, "loss %s %s %llu\n", kind_names[i / VD_LOSS_COUNT], reasons[i % VD_LOSS_COUNT],
				sum);
	}
}

int main(int argc, char **argv)
{
	__u64 kinds = ~0ull;
	bool results = true, failed = false, fmod = false, quiet_seed = true;
	const char *policy = NULL;
	int option, log_level = 0, status;
	struct vedette_bpf *skel;
	struct ring_buffer *rings;
	pid_t child;

	out = stdout;
	setvbuf(out, NULL, _IOLBF, 0);
	while ((option = getopt(argc, argv, "+k:p:nfmsPL:")) != -1) {
		switch (option) {
		case 'k':
			kinds = parse_kinds(optarg);
			break;
		case 'p':
			policy = optarg;
			break;
		case 'n':
			results = false;
			break;
		case 'f':
			failed = true;
			break;
		case 'm':
			fmod = true;
			break;
		case 'P':
			use_probes = true;
			break;
		case 's':
			quiet_seed = false;
			break;
		case 'L':
			log_level = atoi(optarg);
			break;
		default:
			return 2;
		}
	}
	skel = vedette_bpf__open();
	if (!skel)
		return 1;
	configure((struct vd_config *)&skel->rodata->vd_config, kinds, results, failed);
	skel->bss->vd_next_exec_id = 1000;
	prepare(skel, kinds, results, fmod, log_level);
	if (vedette_bpf__load(skel)) {
		fprintf(out, "load failed\n");
		return 1;
	}
	if (policy)
		load_policy(skel, policy);
	rings = ring_buffer__new(bpf_map__fd(skel->maps.vd_ring_lifecycle), on_record, "life", NULL);
	ring_buffer__add(rings, bpf_map__fd(skel->maps.vd_ring_verdict), on_record, "verdict");
	ring_buffer__add(rings, bpf_map__fd(skel->maps.vd_ring_bulk), on_record, "bulk");
	if (attach(skel, true))
		return 1;
	if (quiet_seed)
		out = fopen("/dev/null", "w");
	run_iterator(bpf_object__find_program_by_name(skel->obj, "vd_seed"));
	ring_buffer__consume(rings);
	out = stdout;
	fprintf(out, "seeded %llu\n", record_count);
	if (attach(skel, false) || attach_results(skel))
		return 1;
	child = fork();
	if (!child) {
		execvp(argv[optind], argv + optind);
		_exit(127);
	}
	while (waitpid(child, &status, WNOHANG) == 0)
		ring_buffer__poll(rings, 20);
	ring_buffer__consume(rings);
	fprintf(out, "command ended %x, %llu records\n", status, record_count);
	print_losses(skel);
	return 0;
}
