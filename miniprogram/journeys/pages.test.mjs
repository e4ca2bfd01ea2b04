// What holds for the families' pages: how much they ask for, what they find, what they keep, who may open them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { secondCounsellor } from './people.mjs'
import { setup } from './setup.mjs'

/** What the first page may cost a phone with poor signal. */
const FIRST_PAGE = { requests: 40, bytes: 300_000 }

const { server, phone } = setup()

const me = (code) => server.call(code, 'GET', '/me')
const sessions = async () => (await server.call('demo-parent', 'GET', '/lecture-sessions')).items
const forParents = async () => (await sessions()).find((s) => s.sides.includes('guardian'))
/** Nothing waits on the page that is on top, and nothing failed. */
const shown = async (p) => {
  await p.page.locator('uni-page:visible [aria-label="正在打开"]').last().waitFor({ state: 'hidden' })
  assert.equal(await p.page.locator('uni-page:visible .state').count(), 0)
}

test('the first page asks for little', async () => {
  const p = await phone('demo-parent')
  const responses = []
  p.page.on('response', (response) => responses.push(response))
  await p.open('/pages/home/index')
  await p.text('这个学期').first().waitFor()
  await p.page.waitForLoadState('networkidle')
  const sizes = await Promise.all(responses.map(async (r) => (await r.request().sizes()).responseBodySize))
  const bytes = sizes.reduce((sum, n) => sum + n, 0)
  const calls = responses.filter((r) => r.url().includes('/api/v1/')).map((r) => new URL(r.url()).pathname.slice('/api/v1'.length))
  console.log(`JOURNEY first_page requests=${responses.length} api=${calls.length} bytes=${bytes}`)
  assert.deepEqual(calls.sort(), ['/login', '/me', '/me/overview'])
  assert.ok(responses.length <= FIRST_PAGE.requests, `${responses.length} requests`)
  assert.ok(bytes <= FIRST_PAGE.bytes, `${bytes} bytes`)
  assert.deepEqual(p.faults, [])
  await p.context.close()
})

test('no page needs more than two requests to be shown', async () => {
  const child = (await me('demo-parent')).children[0].id
  const lesson = (await server.call('demo-parent', 'GET', '/lessons?side=pupil')).items[0].id
  const p = await phone('demo-parent')
  await p.open('/pages/home/index')
  await p.text('这个学期').first().waitFor()
  const pages = [
    '/pages/home/index',
    '/pages/lessons/index',
    `/pages/lessons/play?id=${lesson}&pupilId=${child}`,
    '/pages/lectures/index',
    `/pages/lectures/session?id=${(await sessions())[0].id}`,
    `/pages/lectures/posts?id=${(await forParents()).id}`,
    '/pages/counsel/index',
    '/pages/counsel/bookings',
    '/pages/mine/index',
    '/pages/mine/bind',
    '/pages/mine/consents',
    '/pages/mine/logins',
    '/pages/mine/phone',
    '/pages/mine/messages',
    '/pages/mine/privacy',
    '/pages/mine/about',
    '/pages/help/index',
  ]
  for (const path of pages) {
    const before = p.requests.length
    await p.page.evaluate((to) => (location.hash = '#' + to), path)
    await p.page.waitForURL((url) => url.hash === '#' + path)
    await p.page.waitForTimeout(150)
    await shown(p)
    const calls = p.requests.slice(before).filter((url) => url.includes('/api/v1/'))
    assert.ok(calls.length <= 2, `${path} asks for ${calls.join(', ')}`)
  }
  assert.deepEqual(p.faults, [])
  await p.context.close()
})

test('a lesson shared in a chat opens for a family, and invites who has no child yet', async () => {
  const lesson = (await server.call('demo-parent', 'GET', '/lessons?side=pupil')).items[0]
  const card = await server.call('demo-parent', 'POST', `/lessons/${lesson.id}/shares`)
  const p = await phone('demo-parent')
  await p.open(card.page)
  await p.page.locator('video').waitFor()
  await p.text(`记到${(await me('demo-parent')).children[0].name}名下`).waitFor()
  await p.button('转给家人一起看').click()
  const q = await phone('demo-passer-by')
  await q.open(card.page)
  await q.text('一位家长把这节微课分享给您').waitFor()
  await q.button('添加孩子').or(q.page.locator('.button', { hasText: '添加孩子' })).last().click()
  await q.page.locator('uni-input[aria-label="班级码"]').waitFor()
  assert.deepEqual(p.faults, [])
  // That the lesson is not theirs is an HTTP error, which the browser prints.
  assert.deepEqual(q.faults.filter((f) => !/status of 404/.test(f)), [])
  await p.context.close()
  await q.context.close()
})

test('a parent finds a lesson by its words and by its half-year', async () => {
  const p = await phone('demo-parent')
  await p.open('/pages/lessons/index')
  await p.page.locator('.lesson').nth(1).waitFor()
  const find = async (words) => {
    await p.page.locator('uni-input[aria-label="找一找微课"] input').fill(words)
    await p.button('搜索').click()
  }
  await find('同学 分歧')
  await p.page.locator('.lesson').nth(1).waitFor({ state: 'detached' })
  await p.page.locator('.lesson', { hasText: '学会交往' }).waitFor()
  await find('没有这样的课')
  await p.text('没有找到，换个词试试').waitFor()
  await p.button('看全部微课').click()
  await p.page.locator('.lesson').nth(1).waitFor()
  assert.deepEqual(p.faults, [])
  await p.context.close()
})

test('parents discuss their lecture; a post is taken away only after a question', async () => {
  const session = await forParents()
  const words = '回家和孩子聊了半小时，很有用。'
  const p = await phone('demo-parent')
  await p.open(`/pages/lectures/session?id=${session.id}`)
  await p.text('家长讨论').click()
  await p.page.locator('uni-textarea[aria-label="写一句"] textarea').fill(words)
  await p.page.locator('uni-page:visible uni-button:not([disabled])', { hasText: '发出去' }).click()
  const post = p.page.locator('uni-page:visible .post', { hasText: words })
  await post.waitFor()
  assert.match(await post.innerText(), /班家长（我）/)
  await post.locator('uni-button', { hasText: '删除' }).click()
  await p.confirm('删除')
  await post.waitFor({ state: 'detached' })
  const { items } = await server.call('demo-parent', 'GET', `/lecture-sessions/${session.id}/posts`)
  assert.ok(items.every((i) => i.text !== words))
  assert.deepEqual(p.faults, [])
  await p.context.close()
})

test('a pupil makes the account its own, and asks the teacher to be let go', async () => {
  const p = await phone('demo-own')
  await p.open()
  await p.text('我是学生').click()
  await p.page.locator('uni-input[aria-label="班级码"] input').fill('RDXY0301')
  await p.page.locator('uni-input[aria-label="姓名"] input').fill('陈安和')
  await p.page.locator('uni-input[aria-label="学籍号"] input').fill('RD20260063')
  await p.button('这就是我').click()
  await p.text('已经认出您了').waitFor()
  assert.equal((await me('demo-own')).pupil.name, '陈安和')
  await p.open('/pages/mine/index')
  await p.button('这不是我').click()
  await p.confirm('解除')
  await p.page.getByText('请班主任帮忙解除').waitFor()
  assert.equal((await me('demo-own')).pupil.name, '陈安和')
  assert.deepEqual(p.faults.filter((f) => !/status of 403/.test(f)), [])
  await p.context.close()
})

test('a family that has a counsellor in mind sees their times alone, and takes one', async () => {
  const hers = 'demo-second-at-school'
  const id = await secondCounsellor(server, hers)

  const p = await phone('demo-parent')
  await p.open('/pages/counsel/index')
  const [both, one] = [p.page.locator('.counsellor'), p.page.locator('.counsellor', { hasText: '林老师' })]
  await one.waitFor()
  assert.equal(await both.count(), 2)
  const times = p.page.locator('uni-page:visible .time')
  const days = p.page.locator('uni-page:visible .strip .chip')
  await days.last().click() // a day on which both have times, or she alone
  await times.first().waitFor()
  assert.ok((await times.allInnerTexts()).some((t) => t.includes('林老师')))
  await one.click()
  await p.text('选一天，和林老师').waitFor()
  assert.deepEqual((await times.allInnerTexts()).map((t) => t.trim().slice(0, 5)), ['12:00', '12:30'])
  await times.first().click()
  await p.page.waitForURL((url) => url.hash.includes(`counsellorId=${id}`))
  await p.page.locator('uni-page:visible .chip', { hasText: '没有' }).click()
  await p.button('确定预约').click()
  await p.text('已约好').waitFor()
  assert.ok((await server.call(hers, 'GET', '/bookings?status=booked')).items.length === 1)
  assert.deepEqual(p.faults, [])
  await p.context.close()
})

test('what stays in confidence is spread out until it was read, then folded away', async () => {
  const p = await phone('demo-parent')
  await p.open('/pages/counsel/index')
  await p.page.locator('.counsellor').first().waitFor()
  await p.page.locator('.time').first().click()
  await p.text('只有这些时候不能保密').waitFor()
  await p.button('知道了').click()
  await p.text('说的话保密，也有例外').waitFor()
  await p.page.reload()
  await p.text('说的话保密，也有例外').click()
  await p.text('只有这些时候不能保密').waitFor()
  assert.deepEqual(p.faults, [])
  await p.context.close()
})

test('without network a page shows what it showed last, and since when', async () => {
  const p = await phone('demo-parent')
  await p.open('/pages/lectures/index')
  await p.text(/^第4讲/).first().waitFor()
  await p.text('以前的').click()
  await shown(p)
  await p.context.setOffline(true)
  await p.text('现在和将来').click()
  await p.text(/^第4讲/).first().waitFor()
  await p.text(/现在没有网络，下面是今天.* 的内容/).waitFor()
  await p.context.setOffline(false)
  await p.text('再试一次').click()
  await p.page.locator('.notice').last().waitFor({ state: 'detached' })
  assert.deepEqual(p.faults.filter((f) => !/ERR_INTERNET_DISCONNECTED/.test(f)), [])
  await p.context.close()
})

test('large type is larger on every page, and stays', async () => {
  const p = await phone('demo-parent')
  // A card that is replaced while the page fills has no size: the next look finds another.
  const size = async () => {
    const found = await p.page.waitForFunction(() => {
      const cards = [...document.querySelectorAll('uni-page .card')].filter((card) => card.offsetParent)
      return cards.length > 0 && parseFloat(getComputedStyle(cards[cards.length - 1]).fontSize)
    })
    return found.jsonValue()
  }
  const pages = ['/pages/lessons/index', '/pages/lectures/index', '/pages/counsel/index', '/pages/mine/privacy', '/pages/help/index']
  const sizes = async () => {
    const all = []
    for (const path of pages) {
      await p.open(path)
      await p.page.locator('uni-page:visible .card').last().waitFor()
      all.push(await size())
    }
    return all
  }
  const usual = await sizes()
  await p.open('/pages/mine/index')
  await p.page.locator('uni-switch').click()
  await p.page.reload()
  const large = await sizes()
  large.forEach((n, i) => assert.ok(n > usual[i] * 1.25, `${pages[i]}: ${usual[i]} → ${n}`))
  assert.deepEqual(p.faults, [])
  await p.context.close()
})
