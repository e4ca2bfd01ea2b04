package main

import (
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"xinyu/cmd/xinyu/demo"
	"xinyu/miniprogram"
)

// announce prints the one line that says which of each is in use and, in a
// demo, where to look and whom to log in as.
func (a *app) announce(w io.Writer, addr net.Addr, took time.Duration) error {
	url := localURL(addr)
	var b strings.Builder
	fmt.Fprintf(&b, "xinyu db=%s redis=%s wechat=%s media=%s demo=%t addr=%s start_ms=%d",
		a.store.Name(), a.cache.Name(), a.wechat.name, a.mediaName(), *a.cfg.Demo, url, took.Milliseconds())
	if a.metricsAt != nil {
		fmt.Fprintf(&b, " metrics=%s/metrics", localURL(a.metricsAt))
	}
	b.WriteByte('\n')
	if *a.cfg.Demo {
		b.WriteString("\n*** DEMO 演示系统：任何人都能登录，不要录入真实的学生和家长 ***\n\n")
		fmt.Fprintf(&b, "  API 文档   %s/docs\n", url)
		if miniprogram.Built() {
			fmt.Fprintf(&b, "  家庭端     %s%s\n", url, miniprogram.Path)
		} else {
			b.WriteString("  家庭端     没有构建：需要 Node.js，运行 make clients\n")
		}
		if a.wechat.emulator != nil {
			fmt.Fprintf(&b, "  收到的消息 %s%s\n", url, phonePath)
		}
	}
	if a.demo != nil {
		writeGuide(&b, a.demo.Guide(), url)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func writeGuide(b *strings.Builder, g demo.Guide, url string) {
	fmt.Fprintf(b, "\n演示账号（登录码）：\n")
	for _, a := range g.Accounts {
		fmt.Fprintf(b, "  %-18s %s · %s\n", a.Code, a.Role, a.Where)
	}
	fmt.Fprintf(b, "  %-18s %s\n", "demo-<任意名字>", "没有身份的新账号")
	fmt.Fprintf(b, "\n绑定孩子可以填：班级码 %s，姓名 %s，学籍号 %s\n", g.Unbound.ClassCode, g.Unbound.Name, g.Unbound.StudentNo)
	fmt.Fprintf(b, "（演示里填对就绑定；正式使用时，学籍号连着排的班级要老师确认，学校可以改）\n")
	fmt.Fprintf(b, "登录：curl -s %s/api/v1/login -H 'Content-Type: application/json' -d '{\"code\":\"demo-parent\"}'\n\n", url)
}

// localURL is where a browser on this machine finds what listens at addr.
func localURL(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}
