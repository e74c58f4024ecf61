// This file is empty: functions without a body need one.
