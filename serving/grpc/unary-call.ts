import { ShoalError } from '../../core/errors';
import type { UnaryMethod } from '../../protocol/grpc/call';
import { prefixBytes, type OutgoingMessage } from '../../protocol/grpc/wire/wire-writer';
import { okTrailers } from './answer-blocks';
import { framed, framedPacked, onlyFrame, tooLarge, unpacked } from './message-frames';
import type { ServerCall } from './server-call';

/** Reads the one message of a call, has it answered and answers. */
export function serveUnary(call: ServerCall, method: UnaryMethod): void {
  const body = call.stream.bytes();
  if (body !== undefined) {
    withBody(call, method, body);
    return;
  }
  const { maxMessageBytes } = call.site;
  call.stream.whole(maxMessageBytes + prefixBytes).then(
    (whole) => {
      withBody(call, method, whole);
    },
    (thrown: unknown) => {
      const large = thrown instanceof ShoalError && thrown.code === 'too_large';
      call.fail(large ? tooLarge(maxMessageBytes, 'more') : thrown);
    },
  );
}

function withBody(call: ServerCall, method: UnaryMethod, body: Buffer): void {
  const fail = (thrown: unknown): void => {
    call.fail(thrown);
  };
  try {
    const { maxMessageBytes } = call.site;
    const frame = onlyFrame(body, maxMessageBytes);
    const message = unpacked(frame, call.head.packing, maxMessageBytes);
    const packs = frame.packed && call.head.packsAnswer;
    const reply = (answer: OutgoingMessage): void => {
      if (packs) replyPacked(call, answer).catch(fail);
      else given(call, answer, false);
    };
    if (message instanceof Promise) {
      message
        .then((bytes) => {
          call.hold(bytes.length);
          return method.answer(bytes, call);
        })
        .then(reply)
        .catch(fail);
      return;
    }
    const answer = method.answer(message, call);
    if (answer instanceof Promise) answer.then(reply).catch(fail);
    else reply(answer);
  } catch (thrown) {
    call.fail(thrown);
  }
}

async function replyPacked(call: ServerCall, answer: OutgoingMessage): Promise<void> {
  const { packing } = call.head;
  if (packing === undefined) given(call, answer, false);
  else given(call, await framedPacked(answer, packing), true);
}

function given(call: ServerCall, answer: OutgoingMessage, packed: boolean): void {
  call.stream.reply(call.answerHead(packed), packed ? answer : framed(answer), okTrailers);
  call.finish(200);
}
