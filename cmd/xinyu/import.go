package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"xinyu/model"
	"xinyu/service/audit"
	"xinyu/service/counsel"
	"xinyu/service/coverage"
	"xinyu/service/identity"
	"xinyu/service/identity/authcache"
	"xinyu/service/org"
	"xinyu/service/org/rosterfile"
	"xinyu/service/platform/limit"
	"xinyu/service/scene"
)

// importFlags are the flags of `xinyu import`.
type importFlags struct {
	unitCode, rootName      string
	createCounty, newTowns  string
	newTownsFromFile, apply bool
	hiddenRows              bool
	onlyListed              bool
	departures              int
	samePupils              string
}

func (o *importFlags) define(f *flag.FlagSet) {
	f.StringVar(&o.unitCode, "unit", "", "the `CODE` of the county, town or school that the file covers")
	f.StringVar(&o.rootName, "root-name", "", "the `NAME` of the county that the file covers")
	f.StringVar(&o.createCounty, "create-county", "", "the `NAME` of the county that the file covers, made where there is none")
	f.StringVar(&o.newTowns, "create-towns", "", "comma-separated `NAMES` of towns to make in the county first")
	f.BoolVar(&o.newTownsFromFile, "create-towns-from-file", false, "make the towns that are in the file only")
	f.BoolVar(&o.hiddenRows, "hidden-rows", false, "also take the rows that are hidden or filtered out in the workbook")
	f.BoolVar(&o.onlyListed, "only-listed-classes", false, "the file is only of the classes that it names: nobody departs from another")
	f.IntVar(&o.departures, "confirm-departures", -1, "confirm that `NUMBER` pupils, as the preview says, depart")
	f.StringVar(&o.samePupils, "same-pupils", "", "whether pupils with another number are the same ones: `ALL` or NONE")
	f.BoolVar(&o.apply, "apply", false, "bring the roster to what the file says; without it the roster stays as it is")
}

// importRoster previews a roster file and, asked to, applies it.
func importRoster(ctx context.Context, inv invocation) error {
	var o importFlags
	words, err := inv.parseWords(1, o.define)
	if err != nil {
		return err
	}
	named := 0
	for _, name := range []string{o.unitCode, o.rootName, o.createCounty} {
		if name != "" {
			named++
		}
	}
	if named != 1 {
		return fmt.Errorf("import needs one of -unit, -root-name and -create-county: %w", errUsage)
	}
	data, err := readRoster(words[0])
	if err != nil {
		return err
	}
	cfg, err := loadConfig(inv.env)
	if err != nil {
		return err
	}
	a, err := openApp(ctx, cfg, openStore, openCache, openVault, matchKeyset)
	if err != nil {
		return err
	}
	defer a.close()
	svc := org.New(a.store, a.cache, authcache.New(a.store, a.cache), identity.Directory{}, audit.New(a.store, a.vault, identity.Directory{}, counsel.MadeBy), coverage.New(a.store, a.cache, 0), a.vault, scene.New(scene.Config{Store: a.store}), limit.New(a.cache))
	defer svc.Close()
	run := importRun{svc: svc, flags: o, stdout: inv.stdout, stderr: inv.stderr}
	return inWords(run.do(ctx, filepath.Base(words[0]), data))
}

func readRoster(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("cannot read the file: %s", cause(err))
	}
	defer func() { _ = f.Close() }()                                      // only read from
	data, err := io.ReadAll(io.LimitReader(f, rosterfile.MaxFileBytes+1)) // one more is refused as too large
	if err != nil {
		return nil, fmt.Errorf("cannot read the file: %s", cause(err))
	}
	return data, nil
}

// inWords gives an error that is meant for people in the words meant for them.
func inWords(err error) error {
	var e *model.Error
	if errors.As(err, &e) && e.Kind != model.KindInternal && e.Kind != model.KindUnavailable {
		return fmt.Errorf("%s (%s)", e.Message, e.Code)
	}
	return err
}

// importRun is one run of the command.
type importRun struct {
	svc            *org.Service
	flags          importFlags
	stdout, stderr io.Writer
	told           time.Time // when the progress was last printed
}

func (r *importRun) do(ctx context.Context, name string, data []byte) error {
	unit, err := r.unit(ctx)
	if err != nil {
		return err
	}
	if r.flags.newTowns != "" {
		if err := r.svc.Towns(ctx, unit.ID, strings.Split(r.flags.newTowns, ",")); err != nil {
			return err
		}
	}
	// Who can run the program on the database manages everything in it.
	actor := model.Actor{Roles: []model.RoleAt{{Role: model.RoleManager, UnitID: unit.ID}}}
	d, err := r.svc.PreviewImport(ctx, actor, org.NewImport{UnitID: unit.ID, FileName: name, Data: data, NewTowns: r.flags.newTownsFromFile, HiddenRows: r.flags.hiddenRows, Choices: r.flags.choices(),
		Progress: func(done, total int) { r.progress("读取", done, total) }})
	if err != nil {
		return err
	}
	if err := r.print(d); err != nil {
		return err
	}
	if d.FaultCount > 0 {
		return fmt.Errorf("文件有 %d 处错误，没有改动任何内容", d.FaultCount)
	}
	if !r.flags.apply || d.ChangesNothing {
		_, err := r.svc.DiscardImport(ctx, actor, d.ID)
		return err
	}
	d, err = r.svc.ApplyImportNow(ctx, actor, d.ID, []org.Confirmation{{Kind: org.ConfirmDepartures, Count: r.flags.departures}}, func(p org.Progress) { r.progress("写入", p.Done, p.Total) })
	if err != nil {
		return err
	}
	if d.Failure != nil {
		return fmt.Errorf("%s (%s)", d.Failure.Message, d.Failure.Code)
	}
	_, err = fmt.Fprintln(r.stdout, "已导入")
	return err
}

// choices are the flags by which the import is decided.
func (o importFlags) choices() org.Choices {
	c := org.Choices{OnlyListedClasses: o.onlyListed}
	if o.samePupils != "" {
		same := strings.EqualFold(o.samePupils, "all")
		c.AllSame = &same
	}
	return c
}

// unit is what the file covers.
func (r *importRun) unit(ctx context.Context) (model.Unit, error) {
	switch {
	case r.flags.createCounty != "":
		return r.svc.County(ctx, r.flags.createCounty)
	case r.flags.rootName != "":
		return r.svc.RootByName(ctx, r.flags.rootName)
	default:
		return r.svc.UnitByCode(ctx, r.flags.unitCode)
	}
}

// progress prints how far it is, at most once a second.
func (r *importRun) progress(what string, done, total int) {
	if r.told.IsZero() {
		r.told = time.Now() // a short import needs none
	}
	if time.Since(r.told) < time.Second {
		return
	}
	r.told = time.Now()
	_, _ = fmt.Fprintf(r.stderr, "xinyu: %s %d/%d\n", what, done, total) // for looking at only
}

// print shows the preview: the faults, or what would change.
func (r *importRun) print(d org.ImportDetail) error {
	var b strings.Builder
	for _, f := range d.Faults {
		b.WriteString(faultLine(f) + "\n")
	}
	if more := d.FaultCount - len(d.Faults); more > 0 {
		fmt.Fprintf(&b, "还有 %d 处错误没有列出\n", more)
	}
	if d.HiddenRows > 0 {
		taken := "没有读入，需要时请加 -hidden-rows"
		if d.HiddenRowsTaken {
			taken = "已一并读入"
		}
		fmt.Fprintf(&b, "有 %d 行在表格里被隐藏或筛选掉了：%s\n", d.HiddenRows, taken)
	}
	if d.FaultCount == 0 {
		fmt.Fprintf(&b, "共 %d 行：新增 %d，信息变更 %d，转班转校 %d，返回 %d，离开 %d，不变 %d\n",
			d.Total, d.Added, d.Changed, d.Transferred, d.Returned, d.Departed, d.Unchanged)
		if d.WithoutNumber > 0 {
			fmt.Fprintf(&b, "还没有学籍号的学生 %d 名，其中没有出生日期、暂时不能绑定的 %d 名\n", d.WithoutNumber, d.WithoutBirth)
		}
		for _, c := range d.Departures {
			whole := ""
			if c.Absent {
				whole = "（全班不在文件里）"
			}
			fmt.Fprintf(&b, "离开：%s %s %d/%d%s\n", c.SchoolName, c.Name, c.Departed, c.Roster, whole)
		}
		if d.ManyDepart {
			fmt.Fprintf(&b, "离开的学生较多，请核对；导入时需加 -confirm-departures %d，或用 -only-listed-classes\n", d.Departed)
		}
		for _, p := range d.SamePupils {
			fmt.Fprintf(&b, "可能是同一名学生：%s %s（%s）与文件第 %d 行（%s %s）\n", p.ClassName, p.Name, p.StudentNo, p.Row, p.NewClassName, p.NewStudentNo)
		}
		if d.SamePupilsOpen > 0 {
			fmt.Fprintf(&b, "还有 %d 名学生没有确认是不是同一个人，导入时需加 -same-pupils all 或 none\n", d.SamePupilsOpen)
		}
		if d.NewUnitCount > 0 {
			fmt.Fprintf(&b, "新建单位 %d 个\n", d.NewUnitCount)
		}
		for _, school := range d.UntouchedSchools {
			fmt.Fprintf(&b, "文件里没有%s的学生，该校花名册不变\n", school)
		}
		if d.ChangesNothing {
			b.WriteString("与现有花名册一致，没有需要改动的内容\n")
		}
	}
	_, err := io.WriteString(r.stdout, b.String())
	return err
}

// faultLine is "行 12 学籍号: …", with the sheet before it where there is one.
func faultLine(f org.ImportFault) string {
	where := f.Column
	if f.Row > 0 {
		where = strings.TrimSpace(fmt.Sprintf("行 %d %s", f.Row, f.Column))
	}
	if f.Sheet != "" {
		where = strings.TrimSpace("工作表 " + f.Sheet + " " + where)
	}
	where = cmp.Or(where, "文件")
	return where + ": " + f.Message
}
