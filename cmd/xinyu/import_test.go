package main

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"xinyu/model"
	"xinyu/service/org/rosterfile/sample"
)

func rosterOf(t *testing.T, name, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	return file
}

func TestAnEmptyDatabaseIsFilledFromACountysRosterAndAgainWithoutAChange(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, sample.Write(&b, sample.Options{Format: sample.XLSX, Pupils: 400, Schools: sample.Schools([]string{"甲镇", "乙镇"}, 1), Today: model.DateOf(model.SystemClock())}))
	file := rosterOf(t, "roster.xlsx", b.String())
	env := environment(t)

	stdout, stderr, code := runOnce(t, env, "import", "--create-county", "示例县", file, "--create-towns-from-file")
	require.Zero(t, code, stderr)
	require.Equal(t, "共 400 行：新增 400，信息变更 0，转班转校 0，返回 0，离开 0，不变 0\n新建单位 14 个\n", stdout)

	stdout, stderr, code = runOnce(t, env, "import", "--root-name", "示例县", "--create-towns", "甲镇,乙镇", "--apply", file)
	require.Zero(t, code, stderr)
	require.Contains(t, stdout, "新增 400")
	require.True(t, strings.HasSuffix(stdout, "已导入\n"), stdout)

	stdout, stderr, code = runOnce(t, env, "import", "--root-name", "示例县", "--apply", file)
	require.Zero(t, code, stderr)
	require.Equal(t, "共 400 行：新增 0，信息变更 0，转班转校 0，返回 0，离开 0，不变 400\n与现有花名册一致，没有需要改动的内容\n", stdout)
}

func TestAFaultyRosterIsRefusedLineByLine(t *testing.T) {
	t.Parallel()
	file := rosterOf(t, "花名册.csv", "镇/街道,学校,班级,姓名,学籍号\n甲镇,一小,1班,王芳,T001\n丙镇,一小,1班,李明,1.2E+18\n丙镇,一小,1班,张伟,T003\n")
	stdout, stderr, code := runOnce(t, environment(t), "import", "--create-county", "示例县", "--create-towns", "甲镇", "--apply", file)
	require.Equal(t, 1, code)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	require.Len(t, lines, 2)
	require.True(t, strings.HasPrefix(lines[0], "行 3 学籍号: "), lines[0])
	require.True(t, strings.HasPrefix(lines[1], "行 4 镇/街道: "), lines[1])
	require.Contains(t, stderr, "文件有 2 处错误，没有改动任何内容")
}

func TestAnImportThatCannotBeUnderstoodSaysWhy(t *testing.T) {
	t.Parallel()
	file := rosterOf(t, "a.csv", "班级,姓名,学籍号\n1班,王芳,T001\n")
	for name, c := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no unit":       {[]string{file}, 2, "import needs one of"},
		"two units":     {[]string{"-unit", "A", "-root-name", "B", file}, 2, "import needs one of"},
		"no file":       {[]string{"-unit", "A"}, 2, "something is missing after import"},
		"two files":     {[]string{"-unit", "A", file, file}, 2, "unexpected words after import"},
		"missing file":  {[]string{"-unit", "A", file + "x"}, 1, "cannot read the file: no such file"},
		"unknown unit":  {[]string{"-unit", "A", file}, 1, "unit_not_found"},
		"no roster":     {[]string{"-create-county", "县", rosterOf(t, "b.csv", "\x00\x01")}, 1, "xinyu: "},
		"unknown flags": {[]string{"-what", file}, 2, "see `xinyu help`"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, stderr, code := runOnce(t, environment(t), append([]string{"import"}, c.args...)...)
			require.Equal(t, c.code, code, stderr)
			require.Contains(t, stderr, c.want)
		})
	}
}

// Such as a backup tool, which knows nothing of our lock.
func TestADatabaseFileThatAnotherProgramHoldsIsNamed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := environment(t, "XINYU_DATA_DIR="+dir)
	_, stderr, code := runOnce(t, env, "migrate")
	require.Zero(t, code, stderr)
	db, err := sql.Open("sqlite", filepath.Join(dir, "xinyu.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	holder, err := db.Conn(t.Context())
	require.NoError(t, err)
	for _, statement := range []string{"PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE"} {
		_, err = holder.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	_, stderr, code = runOnce(t, env, "import", "-create-county", "县", rosterOf(t, "a.csv", "班级,姓名,学籍号\n1班,王芳,T001\n"))
	require.Equal(t, 1, code)
	require.Equal(t, "xinyu: XINYU_DATA_DIR: another program holds the database file; close it first\n", stderr)
	require.NoError(t, holder.Close())
}

func TestTheFirstManagerOfACountyIsAppointedByInviteCode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := environment(t, "XINYU_DATA_DIR="+dir)
	file := rosterOf(t, "花名册.csv", "镇/街道,学校,班级,姓名,学籍号\n甲镇,一小,1班,王芳,T001\n")
	_, stderr, code := runOnce(t, env, "import", "--create-county", "示例县", "--create-towns", "甲镇", "--apply", file)
	require.Zero(t, code, stderr)
	db, err := sql.Open("sqlite", filepath.Join(dir, "xinyu.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	for _, statement := range []string{
		`INSERT INTO accounts (id, open_id, created_at, last_login_at) VALUES (7, 'o7', '2026-01-01', '2026-01-01')`,
		`INSERT INTO invite_codes (account_id, code, expires_at) VALUES (7, 'ABCDEFGH', '2099-01-01 00:00:00.000')`,
	} {
		_, err = db.ExecContext(t.Context(), statement)
		require.NoError(t, err)
	}
	for args, want := range map[string]string{
		"-county 某县 -invite ABCDEFGH -name 王主任":  "unit_not_found",
		"-county 示例县 -invite HGFEDCBA -name 王主任": "invite_code_invalid",
		"-county 示例县 -invite ABCDEFGH":           "appoint needs",
	} {
		_, stderr, code = runOnce(t, env, append([]string{"appoint"}, strings.Fields(args)...)...)
		require.NotZero(t, code)
		require.Contains(t, stderr, want)
	}
	stdout, stderr, code := runOnce(t, env, "appoint", "-county", "示例县", "-invite", "abcd efgh", "-name", "王主任")
	require.Zero(t, code, stderr)
	require.Equal(t, "王主任 manages 示例县 now.\n", stdout)
	var role string
	require.NoError(t, db.QueryRowContext(t.Context(), `SELECT g.role FROM grants AS g JOIN units AS u ON u.id = g.unit_id WHERE g.account_id = 7 AND u.parent_id = 0 AND g.ends_at IS NULL`).Scan(&role))
	require.Equal(t, "manager", role)
	_, stderr, code = runOnce(t, env, "appoint", "-county", "示例县", "-invite", "ABCDEFGH", "-name", "王主任")
	require.NotZero(t, code)
	require.Contains(t, stderr, "invite_code_invalid", "a code is good once")
}
