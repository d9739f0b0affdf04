/*
 * Store buffers for Promela, which by itself is sequentially consistent.
 *
 * Each thread has a FIFO buffer of stores. A store enters the buffer; the thread's flusher moves it to memory at any
 * later time. A load takes the newest store to that variable in the thread's own buffer, otherwise memory. That is
 * TSO: the one reordering left is a load before an earlier store of the same thread (StoreLoad), which is what x64
 * and ARM64 both allow for release stores and acquire loads.
 *
 * A model defines THREADS and VARS before it includes this file, and `me` in each process.
 */
#define DEPTH 3

byte mem[VARS];
chan buffer[THREADS] = [DEPTH] of { byte, byte };
byte pending[THREADS * VARS];
byte newest[THREADS * VARS];

#define LOAD(v) (pending[me * VARS + v] -> newest[me * VARS + v] : mem[v])
#define DRAINED(t) empty(buffer[t])

/* Volatile.Write */
inline STORE(v, x) {
	atomic {
		buffer[me]!v,x;
		pending[me * VARS + v]++;
		newest[me * VARS + v] = x
	}
}

/* Interlocked.Exchange, Or, And: full fences. `old` takes the value before. */
inline EXCHANGE(v, x, old) { atomic { DRAINED(me); old = mem[v]; mem[v] = x } }
inline OR(v, x, old) { atomic { DRAINED(me); old = mem[v]; mem[v] = mem[v] | x } }
inline CLEAR(v, x, old) { atomic { DRAINED(me); old = mem[v]; mem[v] = mem[v] & (255 - x) } }

/* Interlocked.CompareExchange */
inline CAS(v, from, to, old) {
	atomic {
		DRAINED(me);
		old = mem[v];
		if
		:: old == from -> mem[v] = to
		:: else
		fi
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

proctype Flusher(byte id) {
	byte v, x;
end:
	do
	:: atomic {
		buffer[id]?v,x;
		mem[v] = x;
		pending[id * VARS + v]--;
		if
		:: pending[id * VARS + v] == 0 -> newest[id * VARS + v] = 0
		:: else
		fi;
		v = 0;
		x = 0
	   }
	od
}
