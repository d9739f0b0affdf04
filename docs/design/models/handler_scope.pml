/*
 * Unsubscribing while handlers run (Engine/Subscriptions/HandlerScope.cs, Subscription.Delivery.cs,
 * SubscriptionRegistry.Remove).
 *
 * Two dispatcher threads deliver to one subscription, again and again; the second enters its first handler at any
 * time, so its scope may be registered late. Two other threads end the subscription.
 *
 * Property: once an Unsubscribe has returned, no handler starts and none is running.
 *
 *   -DNO_FENCE   no process-wide barrier in HandlerScope.WaitUntilLeft   must fail
 *   -DMUTUAL     two handlers end each other's subscription instead; nobody waits for ever
 */
#ifndef ROUNDS
#define ROUNDS 2
#endif

#define THREADS 4
#define VARS 6
#define CANCELLED 0	/* Subscription._isCancelled; with MUTUAL of subscription 0 */
#define CANCELLED_1 1
#define ENTRY 2		/* scope of thread 0; 3 that of thread 1: the subscription it is inside of, + 1 */
#define WAITING 4	/* _waitingFor of thread 0; 5 that of thread 1 */

#include "tso.h"

bool registered[2];
bool returned;

#ifndef MUTUAL

proctype Runner(byte me) {
	byte round;
	/* HandlerScope.Register, under its lock */
	atomic { DRAINED(me); registered[me] = true }
	do
	:: round < ROUNDS ->
		round++;
		STORE(ENTRY + me, 1);			/* Enter */
		if
		:: LOAD(CANCELLED) == 0 ->
			assert(!returned);		/* the handler starts */
			assert(!returned)		/* and ends */
		:: else
		fi;
		STORE(ENTRY + me, 0)			/* Exit */
	:: else -> break
	od
}

proctype Canceller(byte me) {
	byte t;
	bool known0, known1;
	STORE(CANCELLED, 1);
#ifndef NO_FENCE
	BARRIER_ALL(t);
#endif
	/* WaitUntilLeft: the scopes known now, under the registration lock */
	atomic { DRAINED(me); known0 = registered[0]; known1 = registered[1] }
	!known0 || LOAD(ENTRY) == 0;
	!known1 || LOAD(ENTRY + 1) == 0;
	returned = true
}

init {
	atomic {
		run Flusher(0); run Flusher(1); run Flusher(2); run Flusher(3);
		run Runner(0); run Runner(1);
		run Canceller(2); run Canceller(3)
	}
}

#else

bool running[2], over[2];

/* The handler of subscription `me` ends the subscription of the other thread. */
proctype Handler(byte me) {
	byte t;
	byte other = 1 - me;
	STORE(ENTRY + me, me + 1);
	if
	:: LOAD(CANCELLED + me) == 0 ->
		assert(!over[me]);
		running[me] = true;
		STORE(CANCELLED + other, 1);
#ifndef NO_FENCE
		BARRIER_ALL(t);
#endif
		STORE(WAITING + me, other + 1);
		/* Holds(other's subscription), unless the other waits for the handler this thread is inside of */
		LOAD(ENTRY + other) != other + 1 || LOAD(WAITING + other) == me + 1;
		/* The other handler has ended, or it is inside its own wait for this one. */
		if
		:: running[other]
		:: else -> over[other] = true
		fi;
		STORE(WAITING + me, 0);
		running[me] = false
	:: else
	fi;
	STORE(ENTRY + me, 0)
}

init {
	atomic {
		run Flusher(0); run Flusher(1);
		run Handler(0); run Handler(1)
	}
}

#endif
