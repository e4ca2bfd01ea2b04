// Builds the browser's client and lays it where the binary embeds it.
import { spawnSync } from 'node:child_process'
import { cpSync, readdirSync, rmSync } from 'node:fs'

const built = spawnSync('npx', ['uni', 'build'], { stdio: ['ignore', 'inherit', 'inherit'] })
if (built.status !== 0) process.exit(built.status ?? 1)
for (const name of readdirSync('web')) if (name !== '.keep') rmSync(`web/${name}`, { recursive: true })
cpSync('dist/build/h5', 'web', { recursive: true })
