/* The floor under life.sh: the same container by system calls alone.
 *
 *     floor [--sync] ROOT NAME IP COMMAND [ARG]...
 *
 * It checks nothing, rolls nothing back, locks nothing, and must be run beside
 * another container, whose bridge mc0 it uses. With --sync it deletes the veth
 * pair and waits for it, else it leaves the pair to the end of its namespace.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUST(call) ((call) < 0 ? (err(125, "%s", #call), 0) : 0)

/* One request of rtnetlink(7). */
static struct {
	struct nlmsghdr h;
	char body[2048];
} m;

static void *room(size_t size)
{
	void *at = (char *)&m + NLMSG_ALIGN(m.h.nlmsg_len);
	memset(at, 0, NLMSG_ALIGN(size));
	m.h.nlmsg_len = NLMSG_ALIGN(m.h.nlmsg_len) + size;
	return at;
}

static void *begin(int type, int flags, size_t size)
{
	memset(&m.h, 0, sizeof m.h);
	m.h.nlmsg_len = sizeof m.h;
	m.h.nlmsg_type = type;
	m.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	return room(size);
}

static struct rtattr *add(int type, const void *data, size_t size)
{
	struct rtattr *a = room(RTA_LENGTH(size));
	a->rta_type = type;
	a->rta_len = RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(a), data, size);
	return a;
}

static void text(int type, const char *s) { add(type, s, strlen(s) + 1); }
static void number(int type, int n) { add(type, &n, sizeof n); }
static void end(struct rtattr *nest) { nest->rta_len = (char *)&m + m.h.nlmsg_len - (char *)nest; }

static void ask(int fd, const char *what)
{
	char answer[4096];
	MUST(send(fd, &m, m.h.nlmsg_len, 0));
	MUST(recv(fd, answer, sizeof answer, 0));
	struct nlmsgerr *e = NLMSG_DATA((struct nlmsghdr *)answer);
	if (e->error) {
		errno = -e->error;
		err(125, "%s", what);
	}
}

static struct ifinfomsg *link_message(int type, int flags, const char *name)
{
	struct ifinfomsg *i = begin(type, flags, sizeof *i);
	if (name)
		text(IFLA_IFNAME, name);
	return i;
}

static int rtnetlink(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	MUST(fd);
	return fd;
}

static void put(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		err(125, "%s", path);
	close(fd);
}

/* The namespace, with a socket in it. */
static int make_netns(const char *path, int *inside)
{
	int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), file, fd;
	mkdir("/run/netns", 0755);
	file = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	MUST(file);
	close(file);
	MUST(unshare(CLONE_NEWNET));
	fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	*inside = rtnetlink();
	MUST(mount("/proc/self/ns/net", path, "", MS_BIND, 0));
	MUST(setns(own, CLONE_NEWNET));
	close(own);
	return fd;
}

static void altnames(int fd, int type, const char *link, const char *name, const char *ip)
{
	char alt[128];
	link_message(type, 0, link);
	struct rtattr *list = add(IFLA_PROP_LIST | NLA_F_NESTED, 0, 0);
	snprintf(alt, sizeof alt, "mc.name.%s", name);
	text(IFLA_ALT_IFNAME, alt);
	snprintf(alt, sizeof alt, "mc.ip.%s", ip);
	text(IFLA_ALT_IFNAME, alt);
	end(list);
	ask(fd, "altnames");
}

static void network(int host, int netns, int in, const char *link, const char *name, const char *ip)
{
	struct in_addr a, gw;
	char alias[256];
	inet_aton(ip, &a);
	inet_aton("192.168.1.1", &gw);

	struct ifinfomsg *i = link_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, link);
	i->ifi_flags = i->ifi_change = IFF_UP;
	number(IFLA_MASTER, if_nametoindex("mc0"));
	struct rtattr *info = add(IFLA_LINKINFO, 0, 0);
	add(IFLA_INFO_KIND, "veth", 4);
	struct rtattr *data = add(IFLA_INFO_DATA, 0, 0), *peer = add(VETH_INFO_PEER, 0, 0);
	room(sizeof(struct ifinfomsg));
	text(IFLA_IFNAME, "eth0");
	number(IFLA_NET_NS_FD, netns);
	end(peer), end(data), end(info);
	ask(host, "veth");
	altnames(host, RTM_NEWLINKPROP, link, name, ip);
	snprintf(alias, sizeof alias, "mini-container %s %s/24", name, ip);
	link_message(RTM_SETLINK, 0, link);
	add(IFLA_IFALIAS, alias, strlen(alias));
	ask(host, "alias");

	i = link_message(RTM_SETLINK, 0, "lo");
	i->ifi_flags = i->ifi_change = IFF_UP;
	ask(in, "lo");
	struct ifaddrmsg *n = begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof *n);
	n->ifa_family = AF_INET, n->ifa_prefixlen = 24, n->ifa_index = 2;
	add(IFA_LOCAL, &a, 4), add(IFA_ADDRESS, &a, 4);
	ask(in, "address");
	i = link_message(RTM_SETLINK, 0, "eth0");
	i->ifi_flags = i->ifi_change = IFF_UP;
	ask(in, "eth0");
	struct rtmsg *r = begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, sizeof *r);
	r->rtm_family = AF_INET, r->rtm_table = RT_TABLE_MAIN, r->rtm_protocol = RTPROT_BOOT;
	r->rtm_scope = RT_SCOPE_UNIVERSE, r->rtm_type = RTN_UNICAST;
	add(RTA_GATEWAY, &gw, 4);
	number(RTA_OIF, 2);
	ask(in, "route");
}

/* The end of the pair: now, or with its namespace. */
static void part(int host, int sync, const char *link, const char *name, const char *ip)
{
	char away[IFNAMSIZ];
	if (sync) {
		link_message(RTM_DELLINK, 0, link);
		ask(host, "delete");
		return;
	}
	snprintf(away, sizeof away, "gone%d", getpid());
	altnames(host, RTM_DELLINKPROP, link, name, ip);
	struct ifinfomsg *i = link_message(RTM_SETLINK, 0, link);
	i->ifi_change = IFF_UP;
	number(IFLA_MASTER, 0);
	ask(host, "unplug");
	int index = if_nametoindex(link);
	i = link_message(RTM_SETLINK, 0, 0);
	i->ifi_index = index;
	text(IFLA_IFNAME, away);
	ask(host, "rename");
}

static char groups[4][400];
static int count;

static void group(const char *name)
{
	const char *parent = getenv("MC_CGROUP_PARENT"), *tops[] = {"unified/", "memory/", "pids/", "cpu/"};
	char path[512];
	int v2 = !access("/sys/fs/cgroup/cgroup.controllers", F_OK);
	for (count = 0; count < (v2 ? 1 : 4); count++) {
		snprintf(groups[count], sizeof *groups, "/sys/fs/cgroup/%s%s/%s", v2 ? "" : tops[count], parent, name);
		snprintf(path, sizeof path, "/sys/fs/cgroup/%s%s", v2 ? "" : tops[count], parent);
		mkdir(path, 0755);
		MUST(mkdir(groups[count], 0755));
	}
	snprintf(path, sizeof path, "%s/memory.%s", groups[!v2], v2 ? "max" : "limit_in_bytes");
	put(path, "10485760");
	snprintf(path, sizeof path, "%s/memory.%s", groups[!v2], v2 ? "swap.max" : "memsw.limit_in_bytes");
	put(path, v2 ? "0" : "10485760");
}

static void on(const char *type, const char *at, unsigned long flags, const char *data) { MUST(mount(type, at, type, flags, data)); }

static void cover(const char *from, const char *at, unsigned long flags)
{
	if (access(at, F_OK))
		return;
	MUST(mount(from, at, 0, MS_BIND, 0));
	if (flags)
		MUST(mount(0, at, 0, MS_BIND | MS_REMOUNT | flags, 0));
}

static void root(const char *path, const char *name, const char *ip)
{
	const unsigned long no = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	const char *files[] = {"hosts", "hostname", "resolv.conf"}, *p;
	const char *empty[] = {"proc/acpi", "proc/asound", "proc/scsi", "sys/dev/block", "sys/firmware", "sys/fs/selinux", "sys/devices/virtual/powercap"};
	const char *hidden[] = {"proc/interrupts", "proc/kcore", "proc/keys", "proc/latency_stats", "proc/timer_list", "proc/timer_stats", "proc/sched_debug"};
	const char *fixed[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"};
	const char *links[][2] = {{"pts/ptmx", "ptmx"}, {"/proc/self/fd", "fd"}, {"/proc/self/fd/0", "stdin"}, {"/proc/self/fd/1", "stdout"}, {"/proc/self/fd/2", "stderr"}};
	struct { const char *name; int major, minor; } nodes[] = {{"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};
	char from[64], at[64], line[300];

	MUST(mount("", "/", 0, MS_REC | MS_PRIVATE, 0));
	MUST(mount(path, path, 0, MS_BIND | MS_REC, 0));
	MUST(chdir(path));
	umask(0);
	on("tmpfs", "dev", no, "mode=755,size=1m");
	for (int i = 0; i < 3; i++) {
		snprintf(from, sizeof from, "dev/%s", files[i]);
		snprintf(at, sizeof at, "etc/%s", files[i]);
		snprintf(line, sizeof line, i ? "%s\n" : "127.0.0.1\tlocalhost\n%s\t%s\n", i ? name : ip, name);
		int fd = open(from, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		MUST(write(fd, line, strlen(line)));
		close(fd);
		close(open(at, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
		MUST(mount(from, at, 0, MS_BIND, 0));
	}
	MUST(umount2("dev", MNT_DETACH));
	on("proc", "proc", no, 0);
	on("sysfs", "sys", no | MS_RDONLY, 0);
	on("tmpfs", "dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k");
	MUST(mkdir("dev/pts", 0755)), MUST(mkdir("dev/shm", 0755)), MUST(mkdir("dev/mqueue", 0755));
	on("devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5");
	on("tmpfs", "dev/shm", no, "mode=1777");
	on("mqueue", "dev/mqueue", no, 0);
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
		snprintf(at, sizeof at, "dev/%s", nodes[i].name);
		MUST(mknod(at, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)));
	}
	for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
		snprintf(at, sizeof at, "dev/%s", links[i][1]);
		MUST(symlink(links[i][0], at));
	}
	for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
		if (!access(p = empty[i], F_OK))
			on("tmpfs", p, no | MS_RDONLY, "nr_inodes=1,mode=755");
	for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
		cover("dev/null", hidden[i], 0);
	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		cover(fixed[i], fixed[i], no | MS_RDONLY);
	MUST(syscall(SYS_pivot_root, ".", "."));
	MUST(umount2(".", MNT_DETACH));
	MUST(chdir("/"));
}

/* confine takes what podman's default does not give, but filters no calls. */
static void confine(void)
{
	const unsigned keep = 0x800405fb;
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {{keep, keep, 0}};

	MUST(unshare(CLONE_NEWCGROUP));
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (cap > 31 || !(keep & 1u << cap))
			MUST(prctl(PR_CAPBSET_DROP, cap, 0, 0, 0));
	MUST(syscall(SYS_capset, &header, data));
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

int main(int argc, char **argv)
{
	int sync = argc > 1 && !strcmp(argv[1], "--sync"), in, tasks[4], status;
	argv += sync;
	if (argc - sync < 5)
		errx(125, "usage: floor [--sync] ROOT NAME IP COMMAND [ARG]...");
	const char *path = argv[1], *name = argv[2], *ip = argv[3];
	char netns_path[256], file[512], link[IFNAMSIZ];
	snprintf(netns_path, sizeof netns_path, "/run/netns/%s", name);
	snprintf(link, sizeof link, "mc-%.12s", name);

	int host = rtnetlink(), netns = make_netns(netns_path, &in);
	network(host, netns, in, link, name, ip);
	close(in);
	group(name);
	for (int i = 1; i < count; i++) {
		snprintf(file, sizeof file, "%s/tasks", groups[i]);
		tasks[i] = open(file, O_WRONLY | O_CLOEXEC);
	}
	struct clone_args args = {
	    .flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_INTO_CGROUP,
	    .exit_signal = SIGCHLD,
	    .cgroup = open(groups[0], O_PATH | O_DIRECTORY | O_CLOEXEC),
	};
	pid_t pid = syscall(SYS_clone3, &args, sizeof args);
	MUST(pid);
	if (!pid) {
		MUST(setns(netns, CLONE_NEWNET));
		MUST(sethostname(name, strlen(name)));
		root(path, name, ip);
		for (int i = 1; i < count; i++)
			MUST(write(tasks[i], "0", 1));
		confine();
		execv(argv[4], argv + 4);
		err(127, "%s", argv[4]);
	}
	close(netns);
	MUST(waitpid(pid, &status, 0));
	for (int i = count; i--;)
		MUST(rmdir(groups[i]));
	for (int i = count; i--;) /* and the parent, if it is empty */
		*strrchr(groups[i], '/') = 0, rmdir(groups[i]);
	part(host, sync, link, name, ip);
	MUST(umount2(netns_path, MNT_DETACH));
	MUST(unlink(netns_path));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
