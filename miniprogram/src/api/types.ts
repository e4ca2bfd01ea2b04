import type { components, paths } from './schema'

/** A schema of the API by its name. */
export type Schema<N extends keyof components['schemas']> = components['schemas'][N]

/** For whom something is. */
export type Side = Schema<'LectureCheckedIn'>['side']
/** What can be covered. */
export type ItemKind = Schema<'NudgeInputBody'>['itemKind']
/** How a session is held. */
export type SessionMode = Schema<'LectureSession'>['mode']

/** The calls below /api/v1, without that prefix. */
export type Path = { [K in keyof paths]: K extends `/api/v1${infer S}` ? S : never }[keyof paths]
export type Method = 'get' | 'post' | 'put' | 'delete'

type Operation<P extends string, M extends Method> = `/api/v1${P}` extends keyof paths
  ? M extends keyof paths[`/api/v1${P}`]
    ? paths[`/api/v1${P}`][M]
    : never
  : never

/** The paths that have a call of this method. */
export type PathOf<M extends Method> = { [P in Path]: Operation<P, M> extends { responses: unknown } ? P : never }[Path]

type Json<R> = R extends { content: { 'application/json': infer J } } ? J : undefined

/** What a call returns. */
export type Result<P extends string, M extends Method> = Operation<P, M> extends { responses: infer R }
  ? 200 extends keyof R
    ? Json<R[200]>
    : 201 extends keyof R
      ? Json<R[201]> | (202 extends keyof R ? Json<R[202]> : never)
      : 202 extends keyof R
        ? Json<R[202]>
        : undefined
  : never

type Param<O, K extends string> = O extends { parameters: infer Q } ? (K extends keyof Q ? Exclude<Q[K], undefined> : never) : never
type Body<O> = O extends { requestBody?: infer Q }
  ? [NonNullable<Q>] extends [never]
    ? never
    : NonNullable<Q> extends { content: { 'application/json': infer B } }
      ? B
      : never
  : never

type WithPath<O> = [Param<O, 'path'>] extends [never] ? object : { path: Param<O, 'path'> }
type WithQuery<O> = [Param<O, 'query'>] extends [never] ? object : { query?: Partial<Param<O, 'query'>> }
type WithBody<O> = [Body<O>] extends [never] ? object : { body: Omit<Body<O>, '$schema'> }

/** What a call needs: parts of the path, query, body. */
export type Options<P extends string, M extends Method> = WithPath<Operation<P, M>> & WithQuery<Operation<P, M>> & WithBody<Operation<P, M>> & { idempotencyKey?: string }

/** The options may be left out where nothing in them is required. */
export type Args<O> = object extends O ? [options?: O] : [options: O]
