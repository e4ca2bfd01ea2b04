import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PATIENCE_MS, Scanner, sdkOf, signedAddress, type Sdk } from '@/platform/jssdk'

const WECHAT = 'Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.49'
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) MicroMessenger/8.0.49'
const page = 'https://xinyu.test/m/'
const signature = { appId: 'wx1', timestamp: 1, nonceStr: 'n', signature: 's' }

describe('the JS-SDK', () => {
  let configured: Parameters<Sdk['config']>[0][]
  let verdict: 'ready' | 'refused' | 'silent'
  let camera: (o: Parameters<Sdk['scanQRCode']>[0]) => void
  let signed: string[]
  let onError: (why: unknown) => void
  const sdk: Sdk = {
    config: (o) => void configured.push(o),
    error: (f) => (onError = f),
    ready: (f) => {
      if (verdict === 'refused') onError({ errMsg: 'config:invalid signature' })
      if (verdict !== 'silent') f()
    },
    scanQRCode: (o) => camera(o),
  }
  const scanner = () =>
    new Scanner(sdk, async (address) => {
      signed.push(address)
      return signature
    })

  beforeEach(() => {
    vi.useFakeTimers()
    configured = []
    signed = []
    verdict = 'ready'
    camera = (o) => o.success({ resultStr: ' token ' })
  })
  afterEach(() => vi.useRealTimers())

  it('is used only where the page has it, inside WeChat', () => {
    expect(sdkOf({ jWeixin: sdk }, WECHAT)).toBe(sdk)
    expect(sdkOf({ jWeixin: sdk }, 'Firefox')).toBeNull()
    expect(sdkOf({}, WECHAT)).toBeNull()
    expect(sdkOf({ jWeixin: { config: sdk.config } }, WECHAT)).toBeNull()
  })

  it('is signed for the address that WeChat knows', () => {
    expect(signedAddress(`${page}?code=c#/pages/a`, `${page}#/pages/b`, WECHAT)).toBe(page)
    expect(signedAddress(`${page}?code=c#/pages/a`, `${page}#/pages/b`, IPHONE)).toBe(`${page}?code=c`)
  })

  it('scans with the signature of the server, which is asked once an address', async () => {
    const s = scanner()
    expect(await s.scan(page)).toBe('token')
    camera = (o) => o.cancel()
    expect(await s.scan(page)).toBeNull()
    expect(signed).toEqual([page])
    expect(configured).toEqual([{ ...signature, debug: false, jsApiList: ['scanQRCode'] }])
    await s.scan(page + '?x=1')
    expect(signed).toEqual([page, page + '?x=1'])
  })

  it('gives up where WeChat refuses or never answers, and tries anew on the next tap', async () => {
    const s = scanner()
    verdict = 'refused'
    await expect(s.scan(page)).rejects.toMatchObject({ errMsg: 'config:invalid signature' })
    verdict = 'silent'
    const waiting = expect(s.scan(page)).rejects.toThrow('no answer')
    await vi.advanceTimersByTimeAsync(PATIENCE_MS)
    await waiting
    verdict = 'ready'
    expect(await s.scan(page)).toBe('token')
    expect(signed.length).toBe(3)
    camera = (o) => o.fail()
    await expect(s.scan(page)).rejects.toThrow('scan failed')
  })
})
