import { beforeEach, describe, expect, it, vi } from 'vitest'
import { arriving, destinationOf, followLaunch, urlOf, type Query } from '@/lib/arrival'

const calls = vi.hoisted(() => ({ load: null as null | ((query: Query) => void), open: vi.fn() }))
vi.mock('@dcloudio/uni-app', () => ({ onLoad: (f: (query: Query) => void) => (calls.load = f) }))
vi.mock('@/api/client', () => ({ open: calls.open }))

const CODE = 'ABCDEFGHIJKLMNOPQRSTUVWX23'
const went = vi.fn()
beforeEach(() => {
  vi.useFakeTimers()
  went.mockReset()
  calls.open.mockReset()
  vi.stubGlobal('uni', { redirectTo: (o: { url: string }) => went('redirectTo', o.url), reLaunch: (o: { url: string }) => went('reLaunch', o.url) })
})
/** Opens a page with a query; returns what it gets. */
function opened(own: string, query: Query) {
  const arrived = arriving(own)
  calls.load!(query)
  return arrived
}
const ofClass = { kind: 'class', page: 'pages/mine/bind', params: { classCode: 'RD1' }, targetId: '7' }
const ofLesson = { kind: 'lesson', page: 'pages/lessons/play', params: { id: '9' }, targetId: '9' }

describe('where a text leads', () => {
  it.each([
    [`https://xinyu.example.com/m/?scene=${CODE}`, 'pages/open/index', { scene: CODE }],
    [`https://xinyu.example.com/m/?a=1&scene=${CODE}#x`, 'pages/open/index', { scene: CODE }],
    ['https://xinyu.example.com/m/#/pages/lessons/play?id=9&share=a%2Bb', 'pages/lessons/play', { id: '9', share: 'a+b' }],
    [`https://wxaurl.cn/emulated/pages/mine/bind?scene=${CODE}`, 'pages/mine/bind', { scene: CODE }],
    [`pages/lectures/session?scene=${CODE}`, 'pages/lectures/session', { scene: CODE }],
  ])('%s', (text, page, query) => {
    expect(destinationOf(text)).toEqual({ page, query })
  })
  it.each(['', CODE, 'https://example.com/', 'https://xinyu.example.com/m/', 'https://xinyu.example.com/m/?scene=', 'pages/mine/phone?x=1', 'x/work/duty/alerts?id=1', 'javascript:alert(1)', '%'])('nowhere: %s', (text) => {
    expect(destinationOf(text)).toBeNull()
  })
  it('is a path whose values are encoded', () => {
    expect(urlOf({ page: 'pages/lessons/play', query: { id: '9', share: 'a+b&c' } })).toBe('/pages/lessons/play?id=9&share=a%2Bb%26c')
  })
})

describe('a page that was opened', () => {
  it('has its own query, without a call', async () => {
    expect(await opened('pages/lessons/play', { id: '9', pupilId: '' })()).toEqual({ id: '9', pupilId: '' })
    expect(calls.open).not.toHaveBeenCalled()
  })
  it('by a code has what that stands for, also encoded, and asks once', async () => {
    calls.open.mockResolvedValue(ofClass)
    for (const query of [{ scene: CODE }, { scene: encodeURIComponent(CODE) }, { q: encodeURIComponent(`https://x.cn/m/?scene=${CODE}`), scancode_time: '1' }]) {
      const arrived = opened('pages/mine/bind', query)
      expect(await arrived()).toEqual({ classCode: 'RD1', classId: '7' })
      expect(await arrived()).toEqual({ classCode: 'RD1', classId: '7' })
    }
    expect(calls.open.mock.calls).toEqual(Array(3).fill(['/scenes/{scene}', { path: { scene: CODE } }]))
  })
  it('by another page’s code goes there', async () => {
    calls.open.mockResolvedValue(ofLesson)
    void opened('pages/mine/bind', { scene: CODE })()
    await vi.waitFor(() => expect(went).toHaveBeenCalledWith('redirectTo', '/pages/lessons/play?id=9'))
  })
  it('by an address of a page goes there without a call', async () => {
    void opened('pages/open/index', { q: encodeURIComponent('https://x.cn/m/#/pages/lessons/play?id=9&share=t') })()
    await vi.waitFor(() => expect(went).toHaveBeenCalledWith('redirectTo', '/pages/lessons/play?id=9&share=t'))
  })
  it('by an unknown code says so, and by one that can’t be looked up now tries again', async () => {
    for (const status of [404, 422]) {
      calls.open.mockRejectedValueOnce({ status, code: 'x', message: '' })
      await expect(opened('pages/mine/bind', { scene: CODE })()).rejects.toMatchObject({ code: 'scene_not_found' })
    }
    for (const query of [{ scene: 'x'.repeat(33) }, { scene: '班级' }, { scene: '%' }, { q: 'https://example.com/' }, { q: '%' }])
      await expect(opened('pages/mine/bind', query)()).rejects.toMatchObject({ code: 'scene_not_found' })
    calls.open.mockRejectedValueOnce({ status: 0, code: 'offline', message: '' }).mockResolvedValueOnce(ofClass)
    const arrived = opened('pages/mine/bind', { scene: CODE })
    await expect(arrived()).rejects.toMatchObject({ code: 'offline' })
    expect(await arrived()).toMatchObject({ classCode: 'RD1' })
  })
})

describe('the app that comes to the front with a code', () => {
  it('goes there, where no page did', () => {
    followLaunch({ scene: 'FIRST' })
    vi.runAllTimers()
    expect(went).toHaveBeenLastCalledWith('reLaunch', '/pages/open/index?scene=FIRST')
    followLaunch({ q: encodeURIComponent('https://x.cn/m/?scene=SECOND') })
    vi.runAllTimers()
    expect(went).toHaveBeenLastCalledWith('reLaunch', `/pages/open/index?q=${encodeURIComponent('https://x.cn/m/?scene=SECOND')}`)
  })
  it('leaves it to the page that WeChat opens', () => {
    followLaunch({ scene: 'THIRD' })
    opened('pages/mine/bind', { scene: 'THIRD' })
    vi.runAllTimers()
    expect(went).not.toHaveBeenCalled()
  })
  it('stays where it is when it only comes back, with the code of before or none', () => {
    followLaunch({ scene: 'THIRD' })
    followLaunch({})
    followLaunch(undefined)
    vi.runAllTimers()
    expect(went).not.toHaveBeenCalled()
  })
})
