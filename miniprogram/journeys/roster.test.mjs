// What managers do with a roster file, in a real browser against the real server.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { card, setup } from './setup.mjs'

const { server, phone } = setup()

const api = (path) => server.call('demo-school', 'GET', path)

/** The classes of demo-school's school with their pupils, as they are now. */
async function classesNow() {
  const [school] = (await api('/units')).items
  const classes = (await api(`/units?parentId=${school.id}&limit=100`)).items
  return Promise.all(classes.map(async ({ id, name }) => ({ name, pupils: (await api(`/units/${id}/pupils?limit=200`)).items })))
}
/** The pupil's number as the demo data writes it: the API hides all but its end. */
const numberOf = (pupil) => 'RD2026' + pupil.studentNo.slice(-4)

test('a manager imports two classes, says who is the same pupil and who has left, and takes it all back', async () => {
  const before = await classesNow()
  const [first, second, third] = before
  const bound = first.pupils.find((p) => p.guardians > 0)
  const gone = second.pupils.slice(-4)
  const line = (name, p, number = numberOf(p)) => `${name},${p.name},${number}`
  const lines = [
    '班级,姓名,学籍号',
    ...first.pupils.map((p) => (p === bound ? line(first.name, p, 'RD20269901') : line(first.name, p))),
    ...second.pupils.filter((p) => !gone.includes(p)).map((p) => line(second.name, p)),
    `${second.name},新来的,RD20269902`,
  ]

  const m = await phone('demo-school')
  await m.open('/work/roster/imports')
  await m.text('还没有导入过花名册').waitFor()
  const choosing = m.page.waitForEvent('filechooser')
  await m.button('选文件').click()
  await (await choosing).setFiles({ name: '三年级.csv', mimeType: 'text/csv', buffer: Buffer.from(lines.join('\r\n')) })
  await m.text('等您核对').waitFor()
  const departures = card(m, third.name).first()
  await departures.getByText('全班不在文件里').waitFor() // the third class, until the manager says that the file lacks it
  await m.text(`离开的学生 ${1 + gone.length + third.pupils.length} 名`).waitFor() // with the one of the question
  await card(m, '别的班没有人离开').click()
  await m.text(`离开的学生 ${1 + gone.length} 名`).waitFor()
  await m.text(`${gone.length} / ${second.pupils.length} 人`).waitFor()

  await m.button('先确认是不是同一人').waitFor() // nothing is imported before
  const question = card(m, bound.name)
  await question.getByText('****9901').waitFor()
  await question.getByText('保留 1 位家长的绑定').waitFor()
  await question.getByRole('radio', { name: '同一人' }).click()
  await m.text('都确认了').waitFor()
  await m.text(`离开的学生 ${gone.length} 名`).waitFor()
  assert.deepEqual(await classesNow(), before)

  const cancel = await m.button('取消').boundingBox()
  const help = await m.page.locator('uni-page:visible .help').last().boundingBox()
  assert.ok(cancel.y + cancel.height <= help.y, 'the link to the hotlines covers the button')
  await m.button('导入').click()
  await m.confirm(`${gone.length} 人离开`)
  await m.text('已导入').waitFor()
  await m.text(`共 ${lines.length - 1} 行 · 新增 1`).waitFor()
  await m.text('1 名学生换了号码').waitFor()
  await m.text('是不是同一个学生').waitFor({ state: 'detached' }) // what was answered is no question any more
  const [firstNow, secondNow, thirdNow] = await classesNow()
  const renumbered = firstNow.pupils.find((p) => p.id === bound.id)
  assert.deepEqual([renumbered.studentNo, renumbered.guardians], ['****9901', bound.guardians])
  const names = (c) => c.pupils.map((p) => p.name).sort()
  assert.deepEqual(names(secondNow), [...second.pupils.filter((p) => !gone.includes(p)).map((p) => p.name), '新来的'].sort())
  assert.deepEqual(thirdNow, third)

  await m.button('撤销这次导入').click()
  await m.confirm('撤销')
  await m.text('已撤销').waitFor()
  await m.button('撤销这次导入').waitFor({ state: 'detached' })
  assert.deepEqual(await classesNow(), before)
  await m.page.goBack()
  await card(m, '已撤销').waitFor()
  assert.deepEqual(m.faults, [])
  await m.context.close()
})
