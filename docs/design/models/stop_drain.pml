/*
 * Stopping an engine while it publishes (Engine/Dispatch/Dispatcher.BeginDrain, DispatchWorker, and the closing half
 * of Engine/Ring/SingleProducerSequencer).
 *
 * A producer publishes runs of one or two events; the lane's own worker dispatches; a helper steals batches and is
 * never the one to look last; a stopper closes the engine and takes stock when the worker has ended.
 * Sleeping is left out (see wake_signal.pml): who has nothing to do looks again.
 *
 * Properties: at the end an event was dispatched exactly if its publish kept it; none was dispatched twice; when the
 * stop reports a full drain, no event that its publish kept is left.
 *
 *   -DNO_FENCE        no process-wide barrier in BeginDrain                                   must fail
 *   -DIN_HANDLER      the producer is a handler on another worker, which must not wait for the lease
 *   -DNO_SEAL_FENCE   with IN_HANDLER: no fence in TrySealEmpty                               must fail
 *   -DCOUNT_RINGS     the report counts up to the cursor instead of up to the seal, and so also
 *                     events that their publisher is about to take back                       must fail
 */
#ifndef EVENTS
#define EVENTS 3
#endif

#define THREADS 4
#define PRODUCER 0
#define WORKER 1
#define HELPER 2
#define STOPPER 3

#define VARS 7
#define SEALED 6	/* _sealedAt + 1; 0: not sealed */
#define CURSOR 0
#define CONSUMED 1
#define LEASE 2
#define SIGNAL 3	/* state of the work signal */
#define PHASE 4
#define MODES 5
#define CLOSED 2
#define DRAINING 1
#define HELD 1

#include "tso.h"

byte kept;		/* bit e: the publish of event e kept it */
byte dispatched;	/* bit e: event e was dispatched */
bool workerEnded, producerEnded, helperEnded;

#define BIT(e) (1 << (e))

/* SingleProducerSequencer.AfterPublish and Retract for the events [position, position + count). Sets `retracted`. */
inline RETRACT() {
	retracted = 0;
	do
	:: LOAD(CONSUMED) >= position + count -> break
	:: else ->
		CAS(LEASE, 0, HELD, old);
		if
		:: old == 0 ->
			keep = LOAD(CONSUMED);
			if
			:: keep < position -> keep = position
			:: else
			fi;
			if
			:: LOAD(SEALED) > keep + 1 -> keep = LOAD(SEALED) - 1
			:: else
			fi;
			retracted = position + count - keep;
			if
			:: retracted > 0 -> STORE(CURSOR, keep)
			:: else
			fi;
			STORE(LEASE, 0);
			break
		:: else ->
#ifdef IN_HANDLER
			if
			:: LOAD(SEALED) == 0 -> break
			:: else -> LOAD(LEASE) == 0 || LOAD(CONSUMED) >= position + count || LOAD(SEALED) == 0
			fi
#else
			LOAD(LEASE) == 0 || LOAD(CONSUMED) >= position + count	/* spin */
#endif
		fi
	od;
	old = 0;
	keep = 0
}

proctype Producer() {
	byte me = PRODUCER;
	byte position, count, retracted, keep, old;
	do
	:: position < EVENTS ->
		if
		:: LOAD(MODES) & CLOSED -> break	/* throws; nothing was published */
		:: else
		fi;
		if
		:: count = 1
		:: position + 2 <= EVENTS -> count = 2
		fi;
		STORE(CURSOR, position + count);
		if
		:: LOAD(SIGNAL) & CLOSED ->
			RETRACT();
			count = count - retracted;
			retracted = 1			/* remember to end: the call throws, or the next one does */
		:: else
		fi;
		/* What the call says it kept, and cannot take back. */
		do
		:: count > 0 -> kept = kept | BIT(position); position++; count--
		:: else -> break
		od;
		if
		:: retracted -> break
		:: else
		fi
	:: else -> break
	od;
	DRAINED(me);
	producerEnded = true
}

/* DispatchLane.DispatchBatch under the lease: one event, or all. */
inline DISPATCH_BATCH() {
	cursor = LOAD(CURSOR);
	consumed = LOAD(CONSUMED);
	if
	:: cursor > consumed + 1 -> cursor = consumed + 1
	:: true
	fi;
	do
	:: consumed < cursor ->
		assert(!(dispatched & BIT(consumed)));
		dispatched = dispatched | BIT(consumed);
		consumed++;
		if
		:: consumed == cursor -> STORE(CONSUMED, consumed)
		:: else
		fi
	:: else -> break
	od;
	cursor = 0;
	consumed = 0
}

/* DispatchWorker.LaneServer.Serve */
inline SERVE() {
	CAS(LEASE, 0, HELD, old);
	if
	:: old == 0 ->
		DISPATCH_BATCH();
		STORE(LEASE, 0)
	:: else
	fi;
	old = 0
}

proctype Worker() {
	byte me = WORKER;
	byte phase, cursor, consumed, old;
	do
	:: true ->
		phase = LOAD(PHASE);
		if
		:: LOAD(CURSOR) != LOAD(CONSUMED) -> SERVE()
		:: else ->
			if
			:: phase == DRAINING ->
				/* FinishLanes */
				atomic { DRAINED(me) && mem[LEASE] == 0 -> mem[LEASE] = HELD };
				consumed = LOAD(CONSUMED);
				STORE(SEALED, consumed + 1);
				consumed = 0;
#ifndef NO_SEAL_FENCE
				DRAINED(me);
#endif
				if
				:: LOAD(CURSOR) == LOAD(CONSUMED) -> STORE(LEASE, 0); break
				:: else -> STORE(SEALED, 0); STORE(LEASE, 0)
				fi
			:: else
			fi
		fi
	od;
	workerEnded = true
}

/* WorkStealing.TryHelp: may happen at any time, also on a look made before the owner's last one. */
proctype Helper() {
	byte me = HELPER;
	byte rounds, cursor, consumed, old;
	do
	:: rounds < 2 ->
		rounds++;
		if
		:: LOAD(CURSOR) != LOAD(CONSUMED) -> SERVE()
		:: true
		fi
	:: break
	od;
	DRAINED(me);
	helperEnded = true
}

proctype Stopper() {
	byte me = STOPPER;
	byte old, t, left;
	/* EventTypeRuntime.Close, then BeginDrain */
	STORE(MODES, CLOSED);
	OR(SIGNAL, CLOSED, old);
#ifndef NO_FENCE
	BARRIER_ALL(t);
#endif
	STORE(PHASE, DRAINING);
	workerEnded;
#ifdef COUNT_RINGS
	left = mem[CURSOR] - mem[CONSUMED];
	assert(left == 0);
#endif
	producerEnded && helperEnded;
	assert(kept == dispatched);
	assert(mem[CURSOR] == mem[CONSUMED])
}

init {
	atomic {
		run Flusher(PRODUCER); run Flusher(WORKER); run Flusher(HELPER); run Flusher(STOPPER);
		run Producer(); run Worker(); run Helper(); run Stopper()
	}
}
