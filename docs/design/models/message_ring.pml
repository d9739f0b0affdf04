/*
 * Waiting consumers of a message subscription (Engine.Bus/Messages/MessageQueue.cs, MessageQueue.Consume.cs).
 *
 * Two publishers put a message each into the ring and look whether a consumer is hungry. Two consumers take messages in order, under
 * the queue's lock, or join the waiters; each takes one, and handles it for ever. Whoever holds the lock and finds a waiter and a
 * message wakes one; a consumer that takes a message does so for the next. The lock is left with a plain store (ShortLock.cs).
 *
 * Property: when nothing can happen any more, all messages are taken: no consumer sleeps beside one.
 *
 *   -DNO_PUBLISH_FENCE   none between a publisher's position and its look at the flag       must fail
 *   -DNO_WAIT_FENCE      none between the consumer's flag and its look at the ring          must fail
 *   -DNO_WAIT_LOOK       a consumer that has become a waiter does not look again            must fail
 *   -DNO_NEXT_WAKE       a consumer that takes a message wakes nobody else                  must fail
 */
#define THREADS 4
#define EVENTS 2

#define VARS 4
#define POSITION 0	/* two states of the sequencer's slots */
#define HUNGRY 2	/* MessageQueue._isHungry */
#define LOCK 3		/* ShortLock._held */

#include "tso.h"

/* Guarded by the lock, whose holders see each other's stores. */
byte consumed, waiters;

/* Permits of waiters that were completed. */
byte wakened;
byte claimed;

inline FENCE() { DRAINED(me) }

inline ENTER() {
	do
	:: CAS(LOCK, 0, 1, old);
		if
		:: old == 0 -> break
		:: else -> old = 0; LOAD(LOCK) == 0
		fi
	od
}

inline LEAVE() { STORE(LOCK, 0) }

/* MessageQueue.WakeNext, in the lock */
inline WAKE_NEXT() {
	if
	:: waiters == 0 -> STORE(HUNGRY, 0)
	:: else ->
		STORE(HUNGRY, 1);
#ifndef NO_WAIT_FENCE
		FENCE();
#endif
#ifndef NO_WAIT_LOOK
		if
		:: consumed < EVENTS && LOAD(POSITION + consumed) == 1 ->
			waiters--;
			wakened++;
			if
			:: waiters == 0 -> STORE(HUNGRY, 0)
			:: else
			fi
		:: else
		fi
#endif
	fi
}

proctype Publisher(byte me) {
	byte old, position;
	atomic { DRAINED(me); position = claimed; claimed++ }
	STORE(POSITION + position, 1);
#ifndef NO_PUBLISH_FENCE
	FENCE();
#endif
	if
	:: LOAD(HUNGRY) == 1 ->
		ENTER();
		WAKE_NEXT();
		LEAVE()
	:: else
	fi
}

proctype Consumer(byte me) {
	byte old;
	do
	:: ENTER();
		if
		:: consumed < EVENTS && LOAD(POSITION + consumed) == 1 ->
			consumed++;
#ifndef NO_NEXT_WAKE
			WAKE_NEXT();
#endif
			LEAVE();
			break
		:: else ->
			waiters++;
			WAKE_NEXT();
			LEAVE();
end:			atomic { wakened > 0 -> wakened-- }
		fi
	od
}

init {
	atomic {
		run Flusher(0);
		run Flusher(1);
		run Flusher(2);
		run Flusher(3);
		run Publisher(0);
		run Publisher(1);
		run Consumer(2);
		run Consumer(3)
	}
	/* Nothing can happen any more. */
	timeout -> assert(consumed == EVENTS)
}
