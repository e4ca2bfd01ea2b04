/**
 * WeChat's JS-SDK in the page of the official account, where there is one.
 *
 * Our build neither holds the SDK's script nor loads it: WeChat serves it from
 * a host of its own (res.wx.qq.com), and nothing we serve contacts a third
 * party. What needs no script needs no SDK: the login goes through OAuth, a
 * session's digits are typed, and a code that is an address is scanned with
 * WeChat's own scanner. The one thing that only the SDK can do is to scan from
 * inside the page; it is used where an operator has laid the script on their
 * own host and had it put into the page (deploy/nginx/jssdk.conf). Without it,
 * or where WeChat refuses the signature, the page asks for the digits instead.
 *
 * https://developers.weixin.qq.com/doc/offiaccount/OA_Web_Apps/JS-SDK.html
 */
export interface Sdk {
  config(o: Signature & { debug: boolean; jsApiList: string[] }): void
  ready(f: () => void): void
  error(f: (why: unknown) => void): void
  scanQRCode(o: { needResult: 1; scanType: string[]; success: (r: { resultStr: string }) => void; cancel: () => void; fail: () => void }): void
}

/** What the server signs for an address, GET /wechat/js-config. */
export interface Signature {
  appId: string
  timestamp: number
  nonceStr: string
  signature: string
}

/** How long WeChat may take to accept a signature; it may also never say. */
export const PATIENCE_MS = 6_000

/**
 * The SDK of this page, in WeChat's browser alone. It has two names, of which
 * uni-app takes wx for itself.
 */
export function sdkOf(global: { jWeixin?: Partial<Sdk> }, userAgent: string): Sdk | null {
  const sdk = global.jWeixin
  return /MicroMessenger/i.test(userAgent) && sdk?.config && sdk.ready && sdk.error && sdk.scanQRCode ? (sdk as Sdk) : null
}

/**
 * The address that WeChat compares the signature with, without its fragment:
 * on an iPhone the one by which the page was entered, whatever the page has
 * made of it since; elsewhere the present one.
 * https://developers.weixin.qq.com/community/develop/article/doc/000a2e71edcf70993974cc9da6b813
 */
export function signedAddress(entry: string, now: string, userAgent: string): string {
  return (/iPhone|iPad|iPod/i.test(userAgent) ? entry : now).split('#')[0]
}

/** Scans by the SDK. An address is signed once. */
export class Scanner {
  private readied: { address: string; done: Promise<void> } | null = null

  constructor(
    private sdk: Sdk,
    private sign: (address: string) => Promise<Signature>,
  ) {}

  /** What the camera saw; null when the person gave up. Rejects where WeChat does not let us. */
  async scan(address: string): Promise<string | null> {
    if (this.readied?.address !== address) this.readied = { address, done: this.ready(address) }
    try {
      await this.readied.done
    } catch (e) {
      this.readied = null // the next tap tries anew
      throw e
    }
    return new Promise((resolve, reject) =>
      this.sdk.scanQRCode({
        needResult: 1,
        scanType: ['qrCode'],
        success: (r) => resolve(r.resultStr.trim()),
        cancel: () => resolve(null),
        fail: () => reject(new Error('scan failed')),
      }),
    )
  }

  private async ready(address: string): Promise<void> {
    const signature = await this.sign(address)
    await new Promise<void>((resolve, reject) => {
      const { appId, timestamp, nonceStr, signature: proof } = signature
      this.sdk.config({ debug: false, appId, timestamp, nonceStr, signature: proof, jsApiList: ['scanQRCode'] })
      // WeChat calls ready after a refusal too: the refusal comes first.
      this.sdk.error(reject)
      this.sdk.ready(resolve)
      setTimeout(() => reject(new Error('no answer')), PATIENCE_MS)
    })
  }
}
