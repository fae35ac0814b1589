using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using FleetChat.Simulators;
using FleetChat.Simulators.Delivery;
using FleetChat.Simulators.Hosting;
using FleetChat.Simulators.Journal;
using FleetChat.Simulators.Samsara;
using FleetChat.Simulators.WhatsApp;

CommandLine line;
try
{
    line = CommandLine.Parse(args);
}
catch (FormatException wrong)
{
    await Console.Error.WriteLineAsync($"{wrong.Message}\n\n{CommandLine.Usage}");
    return 2;
}

var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);

using var hostClock = line.Clock is { } url ? new HostClock(url) : null;
if (hostClock is not null)
    await hostClock.RefreshAsync(CancellationToken.None);
var clock = hostClock ?? TimeProvider.System;
using var journal = new JournalFile(line.Journal);

await using var samsara = line.Samsara
    ? await SamsaraSimulator.StartAsync(new() { Clock = clock, Url = line.Url, Seed = line.Seed, Delivery = Patience(DeliveryOptions.Samsara, line.SamsaraAttempts) }, journal, ownsJournal: false)
    : null;
await using var whatsApp = line.WhatsApp
    ? await WhatsAppSimulator.StartAsync(new() { Clock = clock, Url = line.WhatsAppUrl, Seed = line.Seed, Delivery = Patience(DeliveryOptions.WhatsApp, null) }, journal, ownsJournal: false)
    : null;

Console.WriteLine(JsonSerializer.Serialize(new Addresses(samsara?.Address, whatsApp?.Address), SimulatorJson.Control));
if (line.UntilStdinCloses)
    _ = Task.Run(WaitForStdin);
await end.Task;
return 0;

void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    end.TrySetResult();
}

async Task WaitForStdin()
{
    while (await Console.In.ReadLineAsync() is not null)
    {
    }
    end.TrySetResult();
}

DeliveryOptions Patience(DeliveryOptions usual, int? attempts) => usual with
{
    MaxAttempts = attempts ?? usual.MaxAttempts,
    FirstDelay = line.FirstDelayMs is { } first ? TimeSpan.FromMilliseconds(first) : usual.FirstDelay,
    LongestDelay = line.LongestDelayMs is { } longest ? TimeSpan.FromMilliseconds(longest) : usual.LongestDelay,
};

internal sealed record Addresses(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Uri? Samsara,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonPropertyName("whatsapp")] Uri? WhatsApp);
