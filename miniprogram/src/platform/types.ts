import type { Channel } from './entry'

/** What the server said to a file. */
export interface Sent {
  status: number
  body: unknown
}

/** The files of a computer. */
export interface Files {
  /** Asks for a file of the kinds, such as .csv; null when the person gave up. */
  choose(kinds: string): Promise<File | null>
  /** Sends the file; rejects where the server can't be reached. */
  send(url: string, token: string, file: File): Promise<Sent>
}

/** What differs between WeChat and a browser. */
export interface Platform {
  /** Where the API is: scheme and host. */
  readonly origin: string
  /** Where its login codes are from. */
  readonly channel: Channel
  /** A fresh code to log in with, good once. It asks the person for nothing in WeChat. Rejects with an ApiError. */
  loginCode(): Promise<string>
  /** Makes the next login ask who it is, where the platform can. */
  forgetLogin(): void
  /** What the list of logins shows for this phone. */
  device(): string
  /** Scans a code; null when the person gave up. Rejects with an ApiError where the camera is not to be had. */
  scan(): Promise<string | null>
  /** Asks, on a tap, for permission to send one message of each template (three at most); returns what was accepted and what refused. */
  askForMessages(templateIds: string[]): Promise<{ accepted: string[]; refused: string[] }>
  /** Resolves once the person has agreed to the privacy guide, where WeChat wants that first; rejects when they did not. */
  requirePrivacy(): Promise<void>
  /** Opens the privacy guide that was filed with the platform, where there is one. */
  openPrivacyGuide(): void
  call(number: string): void
  /** Files, where the platform has any: in a browser. */
  readonly files?: Files
  /** Sounds a bell for about a second; false where the phone does not let the page make a sound. */
  ring(): boolean
  /** Prints the page that is shown, where there is a printer: in a browser. */
  readonly print?: () => void
  /** Calls back whenever the network comes or goes. */
  onNetwork(listener: (online: boolean) => void): void
  /** Calls back when the app leaves the screen, also for good, and when it is there again, until the returned function is called. */
  onLeave(left: () => void, back: () => void): () => void
  /** The speed at which the video of this id plays now, where the platform lets people change it by themselves; else null. */
  playbackRate(id: string): number | null
}
