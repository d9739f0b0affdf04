/*
 * Store sets for Promela, which by itself is sequentially consistent.
 *
 * Each thread has a place for one store per variable. A store stays there until a flusher moves it to memory, in any
 * order among the variables, as stores without a barrier between them may become visible on ARM64. A release store
 * waits until the thread's earlier stores are visible; it does not hold back the stores after it. A load takes the
 * thread's own store to that variable, otherwise memory.
 *
 * A model defines THREADS and VARS before it includes this file, and `me` in each process.
 */
byte mem[VARS];
bool pending[THREADS * VARS];
byte value[THREADS * VARS];
byte waiting[THREADS];		/* stores of each thread that are not visible yet */

#define LOAD(v) (pending[me * VARS + v] -> value[me * VARS + v] : mem[v])
#define DRAINED(t) (waiting[t] == 0)

inline STORE(v, x) {
	atomic {
		!pending[me * VARS + v] -> pending[me * VARS + v] = true;
		value[me * VARS + v] = x;
		waiting[me]++
	}
}

inline STORE_RELEASE(v, x) {
	atomic {
		DRAINED(me) -> pending[me * VARS + v] = true;
		value[me * VARS + v] = x;
		waiting[me]++
	}
}

/* Interlocked.MemoryBarrierProcessWide: a fence of the caller, then at some moment a fence of each other thread. */
inline BARRIER_ALL(t) {
	DRAINED(me);
	t = 0;
	do
	:: t < THREADS -> DRAINED(t); t++
	:: else -> break
	od;
	t = 0
}

/* One per thread and variable, so that any pending store may be the next to become visible. */
proctype Flusher(byte thread; byte v) {
end:
	do
	:: atomic {
		pending[thread * VARS + v] ->
		mem[v] = value[thread * VARS + v];
		pending[thread * VARS + v] = false;
		value[thread * VARS + v] = 0;
		waiting[thread]--
	   }
	od
}
