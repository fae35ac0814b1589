namespace FleetChat.Core.Restores;

public static class RestoreErrors
{
    public static readonly Error AnchorsMissing = Error.Conflict(
        "restores.anchors_missing",
        "There is no anchor of any audit trail, although there are trails: without them nobody sees what was lost, and numbers of lost entries are given again. Give the job the anchors. If they are lost too, say --no-anchors.");

    public static readonly Error EndedAlready = Error.Conflict(
        "restores.ended_already", "The restore to this moment was begun and ended here. If the database was put back once more, give the moment that it knows of now; else nothing is to be done.");

    public static Error NumbersDiffer(int numbersLeft) => Error.Conflict(
        "restores.numbers_differ", $"This restore was begun with --numbers {numbersLeft}, and they are left out by now. Repeat it with this number, or without any.");
}
