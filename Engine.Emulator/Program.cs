using System.Diagnostics;
using Engine.Emulator;
using Engine.Emulator.Loading;

using var output = Console.OpenStandardOutput();
using var board = new VirtBoard(new VirtBoardOptions { ConsoleOutput = output.WriteByte });
LoadedGuest guest = board.LoadElf(args[1]);
board.Boot(guest.EntryPoint);
var watch = Stopwatch.StartNew();
MachineRunResult result = board.Machine.Run(args.Length > 2 ? ulong.Parse(args[2]) : ulong.MaxValue);
Console.WriteLine($"{result} {result.RetiredInstructions / watch.Elapsed.TotalMicroseconds:F1} MIPS");
return result.ExitCode;
