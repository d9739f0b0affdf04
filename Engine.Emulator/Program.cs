using System.Diagnostics;
using Engine.Emulator;
using Engine.Emulator.Loading;
using Engine.Emulator.Memory;
using Engine.Emulator.Platform;

using var machine = new Machine(new MachineOptions());
LoadedGuest guest = new GuestLoader(machine.Memory, new AddressRange(GuestMemory.RamBase, machine.Memory.RamSize)).LoadElf(args[1]);
if (guest.ToHost is ulong toHost)
    machine.WatchToHost(toHost);
machine.SetBoot(guest.EntryPoint);
var watch = Stopwatch.StartNew();
MachineRunResult result = machine.Run(args.Length > 2 ? ulong.Parse(args[2]) : ulong.MaxValue);
Console.WriteLine($"{result} mips={result.RetiredInstructions / watch.Elapsed.TotalMicroseconds:F1} pc={machine.Pc:x} {machine.Mode}");
return result.ExitCode;
