/** Makes calls with a token, and a new one when it has expired. */
export class Renewer {
  private renewing: Promise<string> | null = null

  constructor(
    private readonly tokens: { read(): string; write(token: string): void },
    /** Logs in anew; the one place where a token comes from. */
    private readonly login: () => Promise<string>,
  ) {}

  /** Runs the call with a token; when the token is refused, all calls waiting share one new login and are each made once more. */
  async run<T>(call: (token: string) => Promise<T>): Promise<T> {
    const token = this.tokens.read() || (await this.renew(''))
    try {
      return await call(token)
    } catch (e) {
      if ((e as { status?: number }).status !== 401) throw e
      return call(await this.renew(token))
    }
  }

  /** Forgets the token; the next call logs in. */
  forget(): void {
    this.tokens.write('')
  }

  private renew(refused: string): Promise<string> {
    const current = this.tokens.read()
    if (current && current !== refused) return Promise.resolve(current) // somebody has renewed it already
    this.renewing ??= this.login()
      .then((token) => {
        this.tokens.write(token)
        return token
      })
      .finally(() => (this.renewing = null))
    return this.renewing
  }
}
