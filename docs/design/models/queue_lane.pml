/*
 * The runner of a queue and the dispatcher that runs it (Engine.Bus/Delivery/QueueLane.cs, Engine.Bus/Queues, Engine.Bus/Scheduling).
 *
 * Two publishers put an event each into one lane, of which one runner may be active. A runner that was activated waits in
 * the ready lanes of a dispatcher, which sleeps while nothing is ready; whoever schedules wakes it. A runner that finds no
 * event becomes inactive. Meanwhile one thread takes events out, as the end of a subscription does, and another one waits
 * until the lane is idle, as a stop does.
 *
 * Properties: never two runners at work, never two work items of the dispatcher; no event stays behind; no invalid end
 * state, which one who waits for ever would be.
 *
 *   -DNO_ADD_FENCE        none between a publisher's event and its look at the runner           must fail
 *   -DNO_LEAVE_LOOK       a runner that leaves does not look again                              must fail
 *   -DNO_SCHEDULE_FENCE   none between adding work and the look at the dispatcher               must fail
 *   -DNO_SLEEP_FENCE      none between the dispatcher's sleep and its look at the work          must fail
 *   -DNO_TAKER_SIGNAL     who takes events out does not release those who wait for idleness     must fail
 *   -DNO_TAKER_FENCE      none between taking events out and the look at those who wait         must fail
 */
#define THREADS 5
#define DISPATCHER 2
#define TAKER 3
#define WAITER 4

#define VARS 9
#define SLOT 0		/* states of two slots */
#define CURSOR 2	/* positions claimed */
#define CONSUMED 3	/* positions read */
#define LEASE 4		/* EnvelopeRing._lease */
#define ACTIVE 5	/* QueueLane._active */
#define READY 6		/* length of the dispatcher's ReadyLanes: one runner, so 0 or 1 */
#define STATE 7		/* BusDispatcher._state */
#define IDLE_WAITER 8	/* SubscriptionQueue._idleWaiter */

#include "tso.h"

byte workItems;		/* of the dispatcher, in the pool */
byte atWork, handled, taken;
bool isReleased;

/* Interlocked.Decrement */
inline DECREMENT(v) { atomic { DRAINED(me); mem[v] = mem[v] - 1 } }
inline FENCE() { DRAINED(me) }

/* BusDispatcher.TryActivate */
inline ACTIVATE() {
	CAS(STATE, 0, 1, old);
	if
	:: atomic { old == 0 -> assert(workItems == 0); workItems++ }
	:: else
	fi;
	old = 0
}

/* BusScheduler.Schedule; the enqueue ends with a release store. */
inline SCHEDULE() {
	STORE(READY, 1);
#ifndef NO_SCHEDULE_FENCE
	FENCE();
#endif
	if
	:: LOAD(STATE) == 0 -> ACTIVATE()
	:: else
	fi
}

/* EnvelopeRing.HasReadable */
#define IS_READABLE ((LOAD(CONSUMED) == 0 && LOAD(SLOT) == 1) || (LOAD(CONSUMED) == 1 && LOAD(SLOT + 1) == 1))

/* QueueLane.Signal after its fence */
inline SIGNAL() {
	if
	:: LOAD(ACTIVE) == 0 ->
		if
		:: IS_READABLE ->
			CAS(ACTIVE, 0, 1, old);
			if
			:: old == 0 -> SCHEDULE()
			:: else -> old = 0
			fi
		:: else
		fi
	:: else
	fi
}

/* SubscriptionQueue.IsIdle */
inline LOOK_IDLE(isIdle) {
	isIdle = false;
	if
	:: LOAD(CURSOR) == LOAD(CONSUMED) ->
		if
		:: LOAD(ACTIVE) == 0 -> isIdle = true
		:: else
		fi
	:: else
	fi
}

/* SubscriptionQueue.SignalIfIdle */
inline SIGNAL_IF_IDLE(isIdle) {
	if
	:: LOAD(IDLE_WAITER) == 1 ->
		LOOK_IDLE(isIdle);
		if
		:: isIdle ->
			EXCHANGE(IDLE_WAITER, 0, old);
			if
			:: old == 1 -> isReleased = true
			:: else
			fi;
			old = 0;
			isIdle = false
		:: else
		fi
	:: else
	fi
}

/* QueueLane.Take: one event under the lease */
inline TAKE(counter) {
	atomic { DRAINED(me) && mem[LEASE] == 0 -> mem[LEASE] = 1 };
	if
	:: IS_READABLE -> old = LOAD(CONSUMED) + 1; STORE(CONSUMED, old); old = 0; counter++
	:: else
	fi;
	STORE(LEASE, 0)
}

proctype Adder(byte me) {
	byte old, position;
	/* BoundedSequencer.TryClaim, Publish */
	atomic { DRAINED(me); position = mem[CURSOR]; mem[CURSOR] = position + 1 };
	STORE(SLOT + position, 1);
#ifndef NO_ADD_FENCE
	FENCE();
#endif
	SIGNAL()
}

proctype Dispatcher() {
	byte me = DISPATCHER;
	byte old;
	bool isIdle;
end:
	do
	:: atomic { workItems > 0 -> workItems-- };
		do
		:: EXCHANGE(READY, 0, old);
			if
			:: old == 1 ->
				/* QueueRunner.RunTurn */
				old = 0;
				atWork++;
				assert(atWork == 1);
				do
				:: IS_READABLE -> TAKE(handled)
				:: !IS_READABLE -> break
				od;
				atWork--;
				/* QueueLane.Leave */
				DECREMENT(ACTIVE);
#ifndef NO_LEAVE_LOOK
				SIGNAL();
#endif
				SIGNAL_IF_IDLE(isIdle)
			:: else ->
				/* BusDispatcher.StaysActive */
				STORE(STATE, 0);
#ifndef NO_SLEEP_FENCE
				FENCE();
#endif
				if
				:: LOAD(READY) == 1 ->
					CAS(STATE, 0, 1, old);
					if
					:: old == 0
					:: else -> old = 0; break
					fi
				:: else -> break
				fi
			fi
		od
	od
}

/* SubscriptionQueue.DiscardQueued */
proctype Taker() {
	byte me = TAKER;
	byte old;
	bool isIdle;
	TAKE(taken);
	TAKE(taken);
#ifndef NO_TAKER_FENCE
	FENCE();		/* the interlocked count of what was discarded */
#endif
#ifndef NO_TAKER_SIGNAL
	SIGNAL_IF_IDLE(isIdle)
#endif
}

/* SubscriptionQueue.WhenIdleAsync */
proctype Waiter() {
	byte me = WAITER;
	byte old;
	bool isIdle;
	LOOK_IDLE(isIdle);
	do
	:: isIdle -> break
	:: else ->
		CAS(IDLE_WAITER, 0, 1, old);
		old = 0;
		LOOK_IDLE(isIdle);
		if
		:: isIdle
		:: else ->
			isReleased -> isReleased = false;
			LOOK_IDLE(isIdle)
		fi
	od
}

init {
	atomic {
		run Flusher(0);
		run Flusher(1);
		run Flusher(DISPATCHER);
		run Flusher(TAKER);
		run Adder(0);
		run Adder(1);
		run Dispatcher();
		run Taker();
		run Waiter()
	}
	/* Nothing can happen any more. */
	timeout -> assert(handled + taken == 2)
}
