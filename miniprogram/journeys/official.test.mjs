// What differs where the page of the official account is open in WeChat's own browser.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setup } from './setup.mjs'

const { server, phone } = setup()

test('in WeChat’s browser the page scans by WeChat’s SDK where it is there, and else points to the digits', async () => {
  const { items } = await server.call('demo-parent', 'GET', '/lecture-sessions')
  const session = items.find((s) => s.status === 'open')
  const p = await phone('demo-parent')
  await p.open(`/pages/lectures/session?id=${session.id}`) // and is logged in
  await p.text('现在签到').waitFor()
  // From now on it is the official account's page, opened in WeChat.
  await p.page.route((url) => url.pathname === '/m/', async (route) => {
    const response = await route.fetch()
    const page = (await response.text()).replace('content="demo"', 'content="officialAccount"')
    assert.match(page, /content="officialAccount"/)
    await route.fulfill({ response, body: page })
  })
  await p.page.addInitScript(() => Object.defineProperty(navigator, 'userAgent', { get: () => 'Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.49' }))
  await p.page.reload()
  await p.button('扫老师出示的码').click()
  await p.page.locator('.uni-modal', { hasText: '请输入老师屏幕上的数字' }).waitFor()
  await p.confirm('知道了')

  // An operator has put the SDK into the page; WeChat itself is not here to check the signature.
  const { token } = await server.call('demo-teacher', 'GET', `/lecture-sessions/${session.id}/code`)
  const signed = []
  await p.page.route((url) => url.pathname === '/wechat/js-config', (route) => {
    signed.push(new URL(route.request().url()).searchParams.get('url'))
    return route.fulfill({ json: { appId: 'wx1', timestamp: 1, nonceStr: 'n', signature: 'ours' } })
  })
  await p.page.addInitScript((seen) => {
    let given
    window.jWeixin = { config: (o) => (given = o), error() {}, ready: (f) => f(), scanQRCode: (o) => o.success({ resultStr: given.signature === 'ours' ? seen : '' }) }
  }, token)
  await p.page.reload()
  await p.button('扫老师出示的码').click()
  await p.text('签到成功').waitFor()
  assert.deepEqual(signed, [new URL('/m/', p.page.url()).href])
  const { checkedIn } = (await server.call('demo-parent', 'GET', `/lecture-sessions/${session.id}`))
  assert.ok(checkedIn.every((c) => c.status === 'checkedIn'))
  assert.deepEqual(p.faults, [])
  await p.context.close()
})
