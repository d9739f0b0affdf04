/*
 * Reading a message through a handle while its entry is used again (Engine.Bus/Messages/MessageEntry.cs).
 *
 * The entry carries messages 1 to MESSAGES, one after the other; a payload has two parts, which stand for the words of an event. In the
 * code a consumer ends a message and hands it out, and a publisher fills it in between; the locks and the pool on the way only add
 * order, so here one thread does all three. Its stores become visible in any order that its release stores and its write barrier
 * allow. The reader has a handle to any of the messages. It loads the parts in any order, and without the read barrier also after the
 * second look.
 *
 * Property: what the reader accepts is whole and is the message of its handle.
 *
 *   -DNO_WRITE_BARRIER   none between Readable = 0 and the next payload                must fail
 *   -DNO_RELEASE         the new message becomes readable before its payload           must fail
 *   -DNO_READ_BARRIER    none between the copy and the second look                     must fail
 *   -DNO_SECOND_LOOK     the copy is taken as it is                                    must fail
 */
#define MESSAGES 3

#define VARS 3
#define READABLE 0	/* MessageEntry.Readable */
#define PART 1		/* two parts of MessageEntry<T>._payload */

#define THREADS 1	/* the reader stores nothing */
#define WRITER 0
#include "pso.h"

proctype Writer() {
	byte me = WRITER;
	byte message = 1;
	do
	:: message <= MESSAGES ->
		/* BeginReuse */
		STORE_RELEASE(READABLE, 0);
#ifndef NO_WRITE_BARRIER
		DRAINED(me);
#endif
		/* ClearPayload, Fill */
		STORE(PART, message);
		STORE(PART + 1, message);
		/* TakeNew */
#ifdef NO_RELEASE
		STORE(READABLE, message);
#else
		STORE_RELEASE(READABLE, message);
#endif
		message++
	:: else -> break
	od
}

proctype Reader() {
	byte handle, copy0, copy1, look, undone;
	if
	:: handle = 1
	:: handle = 2
	:: handle = 3
	fi;
	/* BeginRead */
	if
	:: mem[READABLE] == handle ->
		/* bits 0 and 1: the parts, bit 2: the second look */
		undone = 7;
		do
		:: undone & 1 -> copy0 = mem[PART]; undone = undone - 1
		:: undone & 2 -> copy1 = mem[PART + 1]; undone = undone - 2
#ifdef NO_READ_BARRIER
		:: undone & 4 -> look = mem[READABLE]; undone = undone - 4
#else
		:: undone == 4 -> look = mem[READABLE]; undone = 0
#endif
		:: undone == 0 -> break
		od;
		/* EndRead */
#ifdef NO_SECOND_LOOK
		look = handle;
#endif
		if
		:: look == handle ->
			assert(copy0 == handle);
			assert(copy1 == handle)
		:: else
		fi
	:: mem[READABLE] != handle
	fi
}

init {
	atomic {
		run Flusher(WRITER, 0);
		run Flusher(WRITER, 1);
		run Flusher(WRITER, 2);
		run Writer();
		run Reader()
	}
}
